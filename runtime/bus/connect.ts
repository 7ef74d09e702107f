// Connecting to a bus: what stands in the way is told apart before nats.js takes over.

import { access, readFile } from "node:fs/promises"
import { isIP } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { connect, credsAuthenticator, nkeyAuthenticator, type ConnectionOptions, type NatsConnection } from "nats"
import { BadOptionError, BusRefusedError, BusTooOldError, BusUnreachableError, codeOf } from "../errors.js"
import { resolveAddress, type BusAddress, type BusTls, type ResolvedAddress } from "./bus-address.js"
import { NatsBusConnection, isRefusal, type BusConnection, type Outage } from "./bus-connection.js"
import { shakeHands } from "./handshake.js"
import { reconnectDelay } from "./reconnect-delay.js"
import { OLDEST_SERVER, isNewEnough, parseServerVersion } from "./server-version.js"

export interface ConnectOptions extends BusAddress {
  /** What the server shows for this connection. @default "troupe" */
  readonly name?: string | undefined
  /** Whether messages that this connection publishes come back to its own subscriptions. @default "on" */
  readonly echo?: "on" | "off" | undefined
  /** Whether somebody has connected to this server before, who would have told a stranger or an old one. @default "unknown" */
  readonly server?: "known" | "unknown" | undefined
  /** How long to keep trying when nothing answers yet, in milliseconds; Infinity for ever. @default 0 */
  readonly waitMs?: number | undefined
  /** How long one attempt may take, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number | undefined
  /** How often the server is pinged, in milliseconds; after two unanswered pings the connection counts as broken. @default 5000 */
  readonly pingIntervalMs?: number | undefined
  /** The longest wait between two attempts to reconnect, in milliseconds. @default 2000 */
  readonly reconnectMaxMs?: number | undefined
  /** Ends the waiting for the first connection. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Connects to a bus. Once connected, the connection is made again for ever when it breaks.
 * @throws {BadOptionError} for an impossible address, option or credentials file
 * @throws {BusUnreachableError} when nothing answers there, or what answers is no NATS server
 * @throws {BusRefusedError} when it does not let us in
 * @throws {BusTooOldError} when it is older than 2.10
 * @throws the signal's reason when the signal is aborted
 */
export async function connectBus(options: ConnectOptions): Promise<BusConnection> {
  const address = resolveAddress(options)
  const outage: Outage = { since: undefined }
  const natsOptions = await natsOptionsOf(address, options, outage)
  const { waitMs = 0, signal } = options
  const began = performance.now()
  for (;;) {
    signal?.throwIfAborted()
    try {
      const raw = await attempt(address, natsOptions, options)
      if (signal?.aborted === true) {
        await raw.close()
        signal.throwIfAborted()
      }
      return new NatsBusConnection(address.url, raw, outage)
    } catch (error) {
      const waitedMs = performance.now() - began
      if (!(error instanceof BusUnreachableError) || waitedMs >= waitMs) throw error
      const pauseMs = reconnectDelay({ outageMs: waitedMs, maxMs: 500, random: Math.random() })
      await delay(Math.min(pauseMs, waitMs - waitedMs), undefined, { signal })
    }
  }
}

async function attempt(
  address: ResolvedAddress,
  natsOptions: ConnectionOptions,
  { connectTimeoutMs, server }: ConnectOptions,
): Promise<NatsConnection> {
  const { url } = address
  if (server !== "known" && address.tls?.handshake !== "first") {
    const answer = await shakeHands(address, { timeoutMs: connectTimeoutMs })
    if (answer.type === "unreachable") throw new BusUnreachableError(url, answer.cause)
    refuseOld(url, answer.greeting.version)
  }
  let raw: NatsConnection
  try {
    raw = await connect(natsOptions)
  } catch (cause) {
    if (isRefusal(codeOf(cause))) throw new BusRefusedError(url, cause)
    throw new BusUnreachableError(url, cause)
  }
  try {
    refuseOld(url, raw.info?.version ?? "0.0.0")
  } catch (error) {
    await raw.close()
    throw error
  }
  return raw
}

function refuseOld(url: string, text: string): void {
  const version = parseServerVersion(text)
  if (version === undefined || !isNewEnough(version)) throw new BusTooOldError(url, text, OLDEST_SERVER)
}

async function natsOptionsOf(address: ResolvedAddress, options: ConnectOptions, outage: Outage): Promise<ConnectionOptions> {
  const { host, port, credentials, tls } = address
  const { reconnectMaxMs, connectTimeoutMs = 5000, pingIntervalMs = 5000 } = options
  positive("bus.connectTimeoutMs", connectTimeoutMs)
  positive("bus.pingIntervalMs", pingIntervalMs)
  const result: ConnectionOptions = {
    servers: isIP(host) === 6 ? `[${host}]:${String(port)}` : `${host}:${String(port)}`,
    name: options.name ?? "troupe",
    noEcho: options.echo === "off",
    timeout: connectTimeoutMs,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () =>
      reconnectDelay({
        outageMs: outage.since === undefined ? 0 : performance.now() - outage.since,
        maxMs: reconnectMaxMs,
        random: Math.random(),
      }),
    // After a restart a stranger may sit at our address for a moment; that is no reason to give up for ever.
    ignoreAuthErrorAbort: true,
    // Taking a stack for each request costs more than the request.
    noAsyncTraces: true,
    // nats.js resolves names by DNS alone, which does not know the machine's own and waits for a network that may be down.
    // With TLS it has to, because it takes the name to verify from there.
    ...(tls === undefined && (isIP(host) !== 0 || host === "localhost") ? { resolve: false } : {}),
    ...(tls === undefined ? {} : { tls: await tlsOptionsOf(tls) }),
  }
  switch (credentials.type) {
    case "none":
      return result
    case "password":
      return { ...result, user: credentials.user, pass: credentials.password }
    case "token":
      return { ...result, token: credentials.token }
    case "nkey": {
      const seed = (await readable("bus.nkeyFile", credentials.file)).toString("utf8").trim()
      if (!/^SU[A-Z2-7]{56}$/.test(seed))
        throw new BadOptionError("bus.nkeyFile", "a file with a user's nkey seed (SU…)", credentials.file)
      return { ...result, authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }
    }
    case "creds":
      return { ...result, authenticator: credsAuthenticator(await readable("bus.credsFile", credentials.file)) }
  }
}

async function tlsOptionsOf({ caFile, certFile, keyFile, handshake }: BusTls): Promise<NonNullable<ConnectionOptions["tls"]>> {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new BadOptionError(
      "bus.tls",
      "certFile and keyFile together",
      certFile === undefined ? "keyFile alone" : "certFile alone",
    )
  }
  for (const [option, file] of Object.entries({ caFile, certFile, keyFile })) {
    if (file !== undefined) await readable(`bus.tls.${option}`, file)
  }
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(handshake === "first" ? { handshakeFirst: true } : {}),
  }
}

async function readable(option: string, file: string): Promise<Buffer> {
  try {
    await access(file)
    return await readFile(file)
  } catch (error) {
    throw new BadOptionError(option, `a readable file (${codeOf(error) ?? "unknown error"})`, file)
  }
}

function positive(option: string, value: number): void {
  if (!(value > 0 && value < 2 ** 31)) throw new BadOptionError(option, "a number of milliseconds above 0", value)
}
