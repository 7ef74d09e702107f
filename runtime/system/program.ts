// How a program is put together: its hosts, its bus, its control. The first composition root.
// Loaded only when a program starts: an actor module in a thread imports the facade, and must not load all this with it.

import { randomBytes } from "node:crypto"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Config } from "../../config/schema.js"
import { type OpenBus, openBus } from "../bus/open-bus.js"
import type { Heir } from "../host/estate.js"
import { InlineHost } from "../host/inline-host.js"
import { ProcessHost } from "../host/process-host.js"
import { ProcessTable } from "../host/process-table.js"
import { ThreadHost } from "../host/thread-host.js"
import { actorName, type HostId, hostId, prefix as checkedPrefix } from "../ids.js"
import { NatsControl } from "../transport/nats-control.js"
import { maxEventBytes } from "../transport/nats-events.js"
import { MESSAGE_BYTES } from "../wire/codec.js"
import { PlainMsgpackCodec } from "../wire/plain-msgpack-codec.js"
import { Assembly } from "./assembly.js"
import { joinBus } from "./bus-parts.js"
import { controlCommands } from "./control.js"
import { serveHostRequests } from "./host-requests.js"
import { Injection } from "./injection.js"
import { Kinds } from "./kinds.js"
import type { SystemOptions } from "./actor-system.js"
import { StrayErrors } from "./stray-errors.js"

/** How a program differs from its configuration. */
export interface ProgramOptions {
  /** @default the configured server, else "embedded" */
  readonly bus?: (string & {}) | "embedded" | false
  /** @default "program" */
  readonly name?: string
  /** Whether it answers control requests. @default when it started the embedded server itself */
  readonly control?: boolean
  /** Which life of which program it is. @default the first of a new one */
  readonly life?: Life
}

/** One life of a program that keeps its host over them. */
export interface Life {
  readonly host: HostId
  readonly incarnation: number
  /** What its former lives have left running. */
  readonly heirs: readonly Heir[]
  /** What all code is that its actors may run, as a hash. */
  readonly code: string
}

/** What a program has started and must end. */
export interface Program {
  readonly assembly: Assembly
  readonly kinds: Kinds
  readonly table: ProcessTable
  readonly bus: OpenBus | undefined
  readonly control: NatsControl | undefined
  readonly stray: StrayErrors
}

/** The configuration of the working directory, with a program's own options before all else. @throws {BadConfigError} */
export async function configFor(options: SystemOptions): Promise<Config> {
  const { loadConfig } = await import("../../config/load.js")
  const { bus, prefix, stateDir, providers, strictMessages, logLevel } = options
  return loadConfig({
    projectDir: process.cwd(),
    env: process.env,
    flags: {
      prefix,
      stateDir,
      strictMessages,
      bus: { url: typeof bus === "string" && bus !== "embedded" ? bus : undefined },
      node: { providers: providers?.startsWith("file:") === true ? new URL(providers).pathname : providers },
      log: { level: logLevel ?? (process.env["TROUPE_LOG_LEVEL"] === undefined ? "warn" : undefined) },
    },
  })
}

/** Starts a program's runtime; resolves when it is on the bus. */
export async function startProgram(config: Config, options: ProgramOptions): Promise<Program> {
  const name = actorName(options.name ?? "program")
  const prefix = checkedPrefix(config.prefix)
  const bus = options.bus === false ? undefined : await openBus(busOptions(config, options.bus, name))
  try {
    const { life, control = bus?.owned ?? false } = options
    return await assemble({ config, name, prefix, bus, control, life })
  } catch (error) {
    await bus?.close()
    throw error
  }
}

interface Made {
  readonly config: Config
  readonly name: string
  readonly prefix: string
  readonly bus: OpenBus | undefined
  readonly control: boolean
  readonly life: Life | undefined
}

async function assemble(made: Made): Promise<Program> {
  const { config, name, prefix, bus, life } = made
  const host = life?.host ?? newProgramHost()
  const pm2Home = process.env["PM2_HOME"] ?? join(homedir(), ".pm2")
  const table = new ProcessTable({ home: pm2Home, env: process.env, stateDir: config.stateDir })
  const providers = config.node.providers === undefined ? undefined : moduleUrl(config.node.providers)
  const budgets = config.shutdown
  const intensity = config.node.restart
  const kinds = new Kinds()
  const assembly = new Assembly(
    {
      settings: {
        host,
        incarnation: life?.incarnation ?? 1,
        heirs: life?.heirs ?? [],
        owner: undefined,
        ledger: undefined,
        placement: "inline",
        askTimeoutMs: config.ask.timeoutMs,
        strictMessages: config.strictMessages,
        inherited: {
          prefix,
          stateDir: config.stateDir,
          logLevel: config.log.level,
          logFormat: config.log.format,
          providers,
          pm2Home,
          code: life?.code,
          modules: kinds.modules,
          bus: bus?.address,
          maxEventBytes: maxEventBytes(bus?.connection.maxPayload ?? MESSAGE_BYTES),
          budgets,
          intensity,
          defaults: { mailbox: config.mailbox, startTimeoutMs: config.node.startTimeoutMs },
        },
      },
      injection: await Injection.load(providers),
      log: config.log,
      budgets,
      intensity,
      parent: undefined,
    },
    (runtime) =>
      bus === undefined
        ? { carrier: undefined, peers: undefined, names: undefined, services: undefined }
        : joinBus(runtime, { connection: bus.connection, prefix, holder: `${name} (pid ${String(process.pid)})` }),
    (runtime) => ({
      inline: new InlineHost(runtime),
      thread: new ThreadHost(runtime),
      process: new ProcessHost({ runtime, table, settle: async () => bus?.connection.flush(500) }),
    }),
  )
  serveHostRequests(assembly)
  const control =
    bus === undefined || !made.control
      ? undefined
      : new NatsControl({
          connection: bus.connection,
          prefix: checkedPrefix(prefix),
          codec: new PlainMsgpackCodec(assembly.runtime.codec),
          commands: controlCommands({
            assembly,
            kinds,
            name,
            prefix,
            stats: () => ({
              bus: { url: bus.url, status: bus.connection.status.type, pendingBytes: bus.connection.pendingBytes },
            }),
          }),
          refused: (subject, error) => assembly.runtime.noteGarbage(error, subject),
        })
  const stray = new StrayErrors(assembly)
  if (assembly.runtime.settings.incarnation > 1) assembly.comeBack()
  await bus?.connection.flush()
  // What keeps a program alive is its actors (keep-alive.ts).
  bus?.connection.unref()
  return { assembly, kinds, table, bus, control, stray }
}

/** An id for a program that nobody has heard of. */
export function newProgramHost(): HostId {
  return hostId(`n${randomBytes(6).toString("hex")}`)
}

function busOptions(config: Config, bus: string | undefined, name: string): Parameters<typeof openBus>[0] {
  const { url, user, password, token, credsFile, nkeyFile, tls, port, maxPayloadBytes, serverBin } = config.bus
  const address =
    url === undefined || bus === "embedded" ? ("embedded" as const) : { url, user, password, token, credsFile, nkeyFile, tls }
  return {
    bus: address,
    stateDir: config.stateDir,
    server: {
      port,
      maxPayload: maxPayloadBytes,
      env: serverBin === undefined ? process.env : { ...process.env, NATS_SERVER_BIN: serverBin },
    },
    connection: { name: `troupe ${name}`, echo: "off" },
  }
}

function moduleUrl(path: string): string {
  return pathToFileURL(resolve(path)).href
}
