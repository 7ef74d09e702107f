// Client — the command line's connection to a node: finds the bus, commands the node, and says in errors what became of it.
// Owns one connection, from connect() to its disposal. What commands say and print is theirs.

import type { BusAddress } from "../bus/bus-address.js"
import { readBusState } from "../bus/bus-state.js"
import {
  BusRefusedError,
  BusUnreachableError,
  CancelledError,
  codeOf,
  NoActorError,
  NodeUnreachableError,
  RemoteError,
  TimedOutError,
} from "../errors.js"
import { prefix as checkedPrefix, type Prefix } from "../ids.js"
import type { NatsClient, NatsReply } from "../transport/nats-client.js"
import { controlSubject } from "../wire/subject.js"
import type { Call } from "./call.js"
import type { ClientConfig } from "./client-config.js"
import { absenceText, presenceOf } from "./presence.js"
import { type Fields, isRecord, rowsAt } from "./reply-fields.js"
import { LISTING_MS } from "./timeout-option.js"

/** How long a connection to a bus on this machine, or nearby, may take. */
const CONNECT_MS = 3000
/** How much longer than the other side's deadline is waited, so that its own words about it arrive first. */
const MARGIN_MS = 250

/** The deadline of an ask or a command, which travels with it. */
export const TIMEOUT_HEADER = "Troupe-Timeout-Ms"

export interface ClientRequest {
  /** JSON; none when left out. */
  readonly json?: string | undefined
  readonly timeoutMs: number
}

export class Client implements AsyncDisposable {
  readonly config: ClientConfig
  readonly prefix: Prefix
  readonly nats: NatsClient
  readonly #signal: AbortSignal

  private constructor(config: ClientConfig, nats: NatsClient, signal: AbortSignal) {
    this.config = config
    this.prefix = checkedPrefix(config.prefix)
    this.nats = nats
    this.#signal = signal
  }

  /**
   * Connects to the configured bus, or else to the one that was started for this project.
   * @throws {BusUnreachableError} {@link BusRefusedError} {@link BadConfigError}
   */
  static async connect(call: Pick<Call, "clientConfig" | "signal">): Promise<Client> {
    const config = await call.clientConfig()
    const { address, serverName } = await findBus(config)
    // Only now, so that a bus that was never started is reported at once.
    const [{ connectBus }, { NatsClient }] = await Promise.all([
      import("../bus/connect.js"),
      import("../transport/nats-client.js"),
    ])
    const options = { name: "troupe command line", connectTimeoutMs: CONNECT_MS, signal: call.signal }
    const connection = await connectBus({ ...address, ...options }).catch((error: unknown) => {
      if (call.signal.aborted) throw new CancelledError("connecting to the bus")
      if (serverName === undefined) throw error
      if (error instanceof BusRefusedError) throw stranger(address.url, error)
      throw error instanceof BusUnreachableError ? ownBusUnreachable(address.url, error.cause) : error
    })
    // A server without passwords lets anybody in, so being let in proves nothing.
    if (serverName !== undefined && connection.serverName !== serverName) {
      await connection.close()
      throw stranger(address.url)
    }
    return new Client(config, new NatsClient(connection), call.signal)
  }

  /**
   * Sends a request with its deadline.
   * @throws {BusUnreachableError} when the bus goes away meanwhile
   * @throws {CancelledError} when the user interrupts
   */
  async request(
    subject: string,
    { json, timeoutMs }: ClientRequest,
  ): Promise<Exclude<NatsReply, { type: "bus-lost" } | { type: "cancelled" }>> {
    const reply = await this.nats.request(subject, json === undefined ? undefined : Buffer.from(json), {
      timeoutMs: timeoutMs + MARGIN_MS,
      headers: { [TIMEOUT_HEADER]: String(Math.ceil(timeoutMs)) },
      signal: this.#signal,
    })
    if (reply.type === "bus-lost") throw new BusUnreachableError(this.nats.connection.url, new Error("the connection broke"))
    if (reply.type === "cancelled") throw new CancelledError(subject)
    return reply
  }

  /**
   * Commands the node.
   * @throws {NodeUnreachableError} when there is none
   * @throws {TimedOutError} when it does not answer in time
   * @throws {RemoteError} when it refuses
   */
  async control(command: string, body: Record<string, unknown>, timeoutMs: number): Promise<Record<string, unknown>> {
    const request = { json: JSON.stringify(body), timeoutMs }
    const reply = await this.request(controlSubject(this.prefix, command), request)
    switch (reply.type) {
      case "no-responders":
        throw new NodeUnreachableError(this.prefix)
      case "timed-out":
        throw new TimedOutError(`the node, asked to ${command}`, timeoutMs)
      case "refused":
        throw new RemoteError("node", reply)
      case "answered": {
        const value = parsed(Buffer.from(reply.body).toString("utf8"))
        if (isRecord(value)) return value
        const message = `the node answered to ${command} with something that is no JSON object; is it of another version?`
        throw new RemoteError("node", { code: "ERR_UNDECODABLE", message, data: {} })
      }
    }
  }

  /** Commands the node about an actor. Errors as of control(); of one that is not there, with the name that may be meant. */
  async commandActor(
    command: string,
    body: { readonly name: string; readonly timeoutMs?: number },
    timeoutMs: number,
  ): Promise<Fields> {
    try {
      return await this.control(command, body, timeoutMs)
    } catch (error) {
      if (codeOf(error) !== "ERR_NO_ACTOR") throw error
      const listing = await this.control("ps", {}, LISTING_MS).catch((): Fields => ({}))
      const presence = presenceOf(body.name, rowsAt(listing, "actors"))
      if (presence.type !== "absent" || presence.near === undefined) throw error
      throw new NoActorError(body.name, absenceText(presence.near))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nats.close()
  }
}

/** Where the bus is; for one of ours also how its server names itself. */
export async function findBus({ bus, stateDir }: ClientConfig): Promise<{ address: BusAddress; serverName?: string }> {
  const { url, user, password, token, credsFile, nkeyFile, tls } = bus
  if (url !== undefined) return { address: { url, user, password, token, credsFile, nkeyFile, tls } }
  const stored = await readBusState(stateDir)
  switch (stored.type) {
    case "absent":
      throw ownBusUnreachable(stateDir, new Error("no bus was started for this directory"))
    case "damaged":
      throw ownBusUnreachable(stateDir, new Error(stored.why))
    case "found": {
      const { url: ours, user: name, password: secret, serverName } = stored.state
      return { address: { url: ours, user: name, password: secret }, serverName }
    }
  }
}

/** For the bus that troupe starts itself. */
export function ownBusUnreachable(url: string, cause: unknown): BusUnreachableError {
  return new BusUnreachableError(url, cause, '"troupe up" starts it, "troupe doctor" says what is wrong')
}

function stranger(url: string, cause?: unknown): BusUnreachableError {
  return ownBusUnreachable(url, new Error("another nats-server answers there", { cause }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
