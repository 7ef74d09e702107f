// ActorSystem — the facade: one program with its root supervisor, on a bus or without one. The first composition root.
// Owns what it started: its actors, its connection, an embedded server. shutdown() ends exactly that.

import { randomBytes } from "node:crypto"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Actor } from "../actor/actor.js"
import { ActorRef } from "../actor/actor-ref.js"
import type { ActorClass } from "../actor/definition.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { SpawnOptions } from "../actor/spawn-options.js"
import type { BusAddress } from "../bus/bus-address.js"
import { type OpenBus, openBus } from "../bus/open-bus.js"
import type { Config } from "../../config/schema.js"
import { BadOptionError, ShutDownError } from "../errors.js"
import { InlineHost } from "../host/inline-host.js"
import { ProcessHost } from "../host/process-host.js"
import { ProcessTable } from "../host/process-table.js"
import { ThreadHost } from "../host/thread-host.js"
import { actorName, hostId, prefix as checkedPrefix } from "../ids.js"
import type { Ending, Rung } from "../supervision/death-ladder.js"
import { ownerOf } from "../supervision/watches.js"
import { NatsControl } from "../transport/nats-control.js"
import { Assembly } from "./assembly.js"
import { joinBus } from "./bus-parts.js"
import { controlCommands } from "./control.js"
import { type ActorRow, listActors, serveHostRequests } from "./host-requests.js"
import { hostContainer } from "./injection.js"
import { Kinds } from "./kinds.js"
import { StrayErrors } from "./stray-errors.js"

/** How a program joins. Everything left out comes from the configuration: file, environment, defaults. */
export interface SystemOptions {
  /**
   * `"embedded"`: the server of the state directory, started if none runs and ended with this program then. A URL: that
   * server. `false`: no bus; inline and thread actors only.
   * @default the configured server, else "embedded"
   */
  readonly bus?: "embedded" | string | false
  /** The first token of every subject. @default "troupe" */
  readonly prefix?: string
  /** What this program is called in listings and in messages about names. @default "program" */
  readonly name?: string
  /** The directory for state and secrets. @default ".troupe" in the working directory */
  readonly stateDir?: string
  /** The module that registers providers: a path or a file URL; every host loads it before it makes an actor. @default none */
  readonly providers?: string
  /** Copies messages between inline actors through the codec, as they are between hosts. @default true under test, else false */
  readonly strictMessages?: boolean
  /** Whether it answers control requests (`troupe ps` and the like). @default when it started the embedded server itself */
  readonly control?: boolean
  /** The least level logged: debug, info, warn, error, silent. @default "warn" for a program */
  readonly logLevel?: Config["log"]["level"]
}

const OPTIONS: readonly string[] = ["bus", "prefix", "name", "stateDir", "providers", "strictMessages", "control", "logLevel"]

type Owned = { readonly assembly: Assembly; readonly table: ProcessTable; readonly bus: OpenBus | undefined; readonly control: NatsControl | undefined; readonly stray: StrayErrors }

/** One program of actors. */
export class ActorSystem implements AsyncDisposable {
  readonly #config: Config
  readonly #owned: Owned
  readonly kinds: Kinds
  #shutdown: Promise<void> | undefined

  private constructor(config: Config, owned: Owned, kinds: Kinds) {
    this.#config = config
    this.#owned = owned
    this.kinds = kinds
  }

  /**
   * Starts a program's runtime; resolves when it is on the bus.
   * @throws {BadOptionError} BadConfigError, NoNatsServerError, BusUnreachableError, BusRefusedError, BusTooOldError
   */
  static async start(options: SystemOptions = {}): Promise<ActorSystem> {
    for (const key of Object.keys(options)) if (!OPTIONS.includes(key)) throw new BadOptionError(key, `one of ${OPTIONS.join(", ")}`, key)
    return ActorSystem.startWith(await configFor(options), options)
  }

  /** Starts with a configuration that is loaded already. @internal */
  static async startWith(config: Config, options: Pick<SystemOptions, "bus" | "name" | "control"> = {}): Promise<ActorSystem> {
    const name = actorName(options.name ?? "program")
    const prefix = checkedPrefix(config.prefix)
    const bus = options.bus === false ? undefined : await openBus(busOptions(config, options.bus, name))
    try {
      return await ActorSystem.#assemble({ config, name, prefix, bus, control: options.control ?? bus?.owned ?? false })
    } catch (error) {
      await bus?.close()
      throw error
    }
  }

  static async #assemble(made: { config: Config; name: string; prefix: string; bus: OpenBus | undefined; control: boolean }): Promise<ActorSystem> {
    const { config, name, prefix, bus } = made
    const host = hostId(`n${randomBytes(6).toString("hex")}`)
    const pm2Home = process.env["PM2_HOME"] ?? join(homedir(), ".pm2")
    const table = new ProcessTable({ home: pm2Home, env: process.env })
    const providers = config.node.providers === undefined ? undefined : moduleUrl(config.node.providers)
    const budgets = config.shutdown
    const intensity = config.node.restart
    const assembly = new Assembly(
      {
        settings: {
          host,
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
            bus: bus?.address,
            budgets,
            intensity,
          },
        },
        container: await hostContainer(providers),
        log: config.log,
        budgets,
        intensity,
        parent: undefined,
      },
      (runtime) =>
        bus === undefined
          ? { carrier: undefined, names: undefined, services: undefined }
          : joinBus(runtime, { connection: bus.connection, prefix, holder: `${name} (pid ${String(process.pid)})` }),
      (runtime) => ({
        inline: new InlineHost(runtime),
        thread: new ThreadHost(runtime),
        process: new ProcessHost({ runtime, table, settle: async () => bus?.connection.flush(500) }),
      }),
    )
    serveHostRequests(assembly)
    const kinds = new Kinds()
    const control =
      bus === undefined || !made.control
        ? undefined
        : new NatsControl({
            connection: bus.connection,
            prefix: checkedPrefix(prefix),
            codec: assembly.runtime.codec,
            commands: controlCommands({
              assembly,
              kinds,
              name,
              prefix,
              stats: () => ({ bus: { url: bus.url, status: bus.connection.status.type, pendingBytes: bus.connection.pendingBytes } }),
            }),
            refused: (subject, error) => assembly.runtime.noteGarbage(error, subject),
          })
    const stray = new StrayErrors(assembly)
    await bus?.connection.flush()
    return new ActorSystem(config, { assembly, table, bus, control, stray }, kinds)
  }

  /** The address of the bus without credentials, or undefined. */
  get busUrl(): string | undefined {
    return this.#owned.bus?.url
  }

  /** How to get on the bus, credentials included; undefined without one. It holds secrets. */
  get busAddress(): BusAddress | undefined {
    return this.#owned.bus?.address
  }

  get prefix(): string {
    return this.#config.prefix
  }

  /**
   * Starts an actor under the root supervisor; resolves with its ref when it is ready.
   * @throws {BadOptionError} BadNameError, NameTakenError, StartFailedError, StartTimedOutError, ShutDownError, UnavailableError
   */
  async spawn<A extends Actor>(Class: ActorClass<A>, options: SpawnOptions = {}): Promise<ActorRef<A>> {
    this.#mustRun()
    return this.#owned.assembly.root.spawn(Class, {
      mailbox: this.#config.mailbox,
      startTimeoutMs: this.#config.node.startTimeoutMs,
      ...options,
    })
  }

  /** Starts an actor by its kind, found by `kinds`. Errors as of spawn, and NoKindError. @internal */
  async spawnKind(kind: string, options: SpawnOptions): Promise<ActorRef> {
    this.#mustRun()
    return this.#owned.assembly.root.spawnDefinition(this.kinds.get(kind), options)
  }

  /** Finds an actor by name, in this program or any other on the bus. @throws {BadNameError} */
  async lookup(name: string): Promise<ActorRef | undefined> {
    this.#mustRun()
    return this.#owned.assembly.registry.lookup(actorName(name))
  }

  /** Ends an actor in order: it finishes the message at hand and runs `onStop`; what takes too long is cancelled, then killed. */
  stop(ref: ActorRef): Promise<Ending> {
    return this.#end(ref, "stop")
  }

  /** Has an actor handle all it has accepted and refuse the rest, then stops it. */
  drain(ref: ActorRef): Promise<Ending> {
    return this.#end(ref, "drain")
  }

  /** Ends an actor at once, without `onStop`. @throws {NotKillableError} for an inline actor inside a synchronous handler */
  kill(ref: ActorRef): Promise<Ending> {
    return this.#end(ref, "kill")
  }

  /** Ends an actor's incarnation in order and begins the next behind the same ref. */
  async restart(ref: ActorRef): Promise<void> {
    this.#mustRun()
    await this.#owned.assembly.runtime.askHost(ownerOf(ref.id), "restart", { input: { id: ref.id }, timeoutMs: 60_000 })
  }

  /** Tells once when an actor has ended for good (promise W1). Returns a function that takes the watch back. */
  watch(ref: ActorRef, terminated: (ref: ActorRef, reason: ExitReason) => void): () => boolean {
    this.#mustRun()
    const key = {}
    const { watches } = this.#owned.assembly
    watches.watch(key, ref, terminated)
    return () => watches.unwatch(key, ref)
  }

  /** Publishes an event to actors and to the bus. */
  publish(topic: string, data?: unknown): void {
    this.#mustRun()
    this.#owned.assembly.events.publish(topic, data)
  }

  /** Listens to topics that fit a pattern (`*` is one token, a last `>` the rest). Returns a function that ends it. */
  subscribe(pattern: string, receive: (topic: string, data: unknown) => void): () => void {
    this.#mustRun()
    return this.#owned.assembly.events.subscribe({}, pattern, receive)
  }

  /** What `troupe ps` shows. */
  ps(): Promise<readonly ActorRow[]> {
    this.#mustRun()
    return listActors(this.#owned.assembly)
  }

  /** Ends every actor, the youngest first, then leaves the bus; what this program started is gone afterwards. Idempotent. */
  shutdown(): Promise<void> {
    return (this.#shutdown ??= this.#end_all())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  async #end_all(): Promise<void> {
    const { assembly, table, bus, control, stray } = this.#owned
    control?.close()
    await assembly.root.stopAll()
    assembly.runtime.router.close(new ShutDownError())
    await bus?.close()
    await table.close()
    assembly.runtime.asks.deadlines.clear()
    stray.close()
  }

  async #end(ref: ActorRef, rung: Rung): Promise<Ending> {
    this.#mustRun()
    const { runtime } = this.#owned.assembly
    const owner = ownerOf(ref.id)
    if (owner === runtime.host) return this.#owned.assembly.root.end(ref.id, rung)
    return (await runtime.askHost(owner, "end", { input: { id: ref.id, rung }, timeoutMs: 60_000 })) as Ending
  }

  #mustRun(): void {
    if (this.#shutdown !== undefined) throw new ShutDownError()
  }
}

async function configFor(options: SystemOptions): Promise<Config> {
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

function busOptions(config: Config, bus: string | undefined, name: string): Parameters<typeof openBus>[0] {
  const { url, user, password, token, credsFile, nkeyFile, tls, port, maxPayloadBytes } = config.bus
  const address = url === undefined || bus === "embedded" ? ("embedded" as const) : { url, user, password, token, credsFile, nkeyFile, tls }
  return {
    bus: address,
    stateDir: config.stateDir,
    server: { port, maxPayload: maxPayloadBytes },
    connection: { name: `troupe ${name}`, echo: "off" },
  }
}

function moduleUrl(path: string): string {
  return pathToFileURL(resolve(path)).href
}
