// ActorSystem — the facade: one program with its root supervisor, on a bus or without one.
// Owns what it started: its actors, its connection, an embedded server. shutdown() ends exactly that.

import type { Actor } from "../actor/actor.js"
import type { ActorRef } from "../actor/actor-ref.js"
import type { ActorClass } from "../actor/definition.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { SpawnOptions } from "../actor/spawn-options.js"
import type { Home, LivingActor } from "../actor/surroundings.js"
import type { BusAddress } from "../bus/bus-address.js"
import type { Config } from "../../config/schema.js"
import { BadOptionError, ShutDownError } from "../errors.js"
import { actorName } from "../ids.js"
import type { Ending, Rung } from "../supervision/death-ladder.js"
import { ownerOf } from "../supervision/watches.js"
import { type ActorRow, listActors } from "./host-requests.js"
import { enumerateActors } from "./enumeration.js"
import { publicTopic } from "../wire/subject.js"
import type { Kinds } from "./kinds.js"
import type { Program, ProgramOptions } from "./program.js"

/** How a program joins. Everything left out comes from the configuration: file, environment, defaults. */
export interface SystemOptions {
  /**
   * `"embedded"`: the server of the state directory, started if none runs and ended with this program then. A URL: that
   * server. `false`: no bus; inline and thread actors only.
   * @default the configured server, else "embedded"
   */
  readonly bus?: (string & {}) | "embedded" | false
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

/** Those of this process that have not ended. */
const running = new Set<ActorSystem>()

/** One program of actors. */
export class ActorSystem implements AsyncDisposable {
  readonly #config: Config
  readonly #program: Program
  #shutdown: Promise<void> | undefined
  #exit: { close(): void } | undefined

  private constructor(config: Config, program: Program) {
    this.#config = config
    this.#program = program
  }

  /**
   * Starts a program's runtime; resolves when it is on the bus.
   * @throws {BadOptionError} BadConfigError, NoNatsServerError, BusUnreachableError, BusRefusedError, BusTooOldError
   */
  static async start(options: SystemOptions = {}): Promise<ActorSystem> {
    for (const key of Object.keys(options))
      if (!OPTIONS.includes(key)) throw new BadOptionError(key, `one of ${OPTIONS.join(", ")}`, key)
    const { configFor } = await import("./program.js")
    const { endLeftBehind } = await import("./left-behind.js")
    const config = await configFor(options)
    await endLeftBehind(config.stateDir, process.env)
    return ActorSystem.startWith(config, options)
  }

  /** Starts with a configuration that is loaded already. @internal */
  static async startWith(config: Config, options: ProgramOptions = {}): Promise<ActorSystem> {
    const { startProgram } = await import("./program.js")
    const { ProgramExit } = await import("./program-exit.js")
    const program = await startProgram(config, options)
    const system = new ActorSystem(config, program)
    running.add(system)
    program.stray.onFatal = () => system.shutdown()
    system.#exit = new ProgramExit(program.assembly, () => system.shutdown())
    return system
  }

  /** Where it belongs. @internal */
  get home(): Home {
    return this.#program.assembly.runtime.settings.inherited
  }

  /** The address of the bus without credentials, or undefined. */
  get busUrl(): string | undefined {
    return this.#program.bus?.url
  }

  /** How to get on the bus, credentials included; undefined without one. It holds secrets. */
  get busAddress(): BusAddress | undefined {
    return this.#program.bus?.address
  }

  /** The kinds of actors that were found. */
  get kinds(): Kinds {
    return this.#program.kinds
  }

  get prefix(): string {
    return this.#config.prefix
  }

  /**
   * Starts an actor under the root supervisor; resolves with its ref when it is ready.
   * @throws {BadOptionError} BadNameError, NameTakenError, StartFailedError, StartTimedOutError, ShutDownError, UnavailableError
   */
  spawn<A extends Actor>(Class: ActorClass<A>, options?: SpawnOptions): Promise<ActorRef<A>> {
    if (this.#shutdown !== undefined) return Promise.reject(new ShutDownError())
    return this.#program.assembly.root.spawn(Class, options)
  }

  /** Starts an actor by its kind, found by `kinds`. Errors as of spawn, and NoKindError. @internal */
  async spawnKind(kind: string, options: SpawnOptions): Promise<ActorRef> {
    this.#mustRun()
    return this.#program.assembly.root.spawnDefinition(this.kinds.get(kind), options)
  }

  /** Ends what a former life has left running and nobody has claimed; says what was kept and what was ended. @internal */
  async settleEstate(): Promise<{ adopted: readonly string[]; ended: readonly string[] }> {
    const { assembly } = this.#program
    const ended = await assembly.endUnclaimed()
    return { adopted: assembly.runtime.estate.adopted, ended }
  }

  /** Finds an actor by name, in this program or any other on the bus. @throws {BadNameError} */
  async lookup(name: string): Promise<ActorRef | undefined> {
    this.#mustRun()
    return this.#program.assembly.registry.lookup(actorName(name))
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
    const { runtime, keepAlive } = this.#program.assembly
    await keepAlive.during(runtime.askHost(ownerOf(ref.id), "restart", { input: { id: ref.id }, timeoutMs: 60_000 }))
  }

  /** Tells once when an actor has ended for good (promise W1). Returns a function that takes the watch back. What `terminated` throws is logged. */
  watch(ref: ActorRef, terminated: (ref: ActorRef, reason: ExitReason) => void): () => boolean {
    this.#mustRun()
    const key = { name: "the program" }
    const { watches, keepAlive } = this.#program.assembly
    const release = keepAlive.hold()
    watches.watch(key, ref, (target, reason) => {
      release()
      terminated(target, reason)
    })
    return () => {
      release()
      return watches.unwatch(key, ref)
    }
  }

  /**
   * Publishes an event to actors and to the bus.
   * @throws {BadOptionError} for what is no topic or begins with `_`, UnencodableError, and TooLargeError for more than one message of the bus holds
   */
  publish(topic: string, data?: unknown): void {
    this.#mustRun()
    this.#program.assembly.events.publish(publicTopic(topic), data)
  }

  /**
   * Listens to topics that fit a pattern (`*` is one token, a last `>` the rest). Returns a function that ends it. What `receive` throws
   * is logged.
   */
  subscribe(pattern: string, receive: (topic: string, data: unknown) => void): () => void {
    this.#mustRun()
    const { events, keepAlive } = this.#program.assembly
    const unsubscribe = events.subscribe({ name: "the program" }, pattern, receive)
    const release = keepAlive.hold()
    return () => {
      release()
      unsubscribe()
    }
  }

  /** The actors of this program that live, in every placement (promise P9). */
  enumerate(): Promise<readonly LivingActor[]> {
    this.#mustRun()
    return enumerateActors(this.#program.assembly)
  }

  /** What `troupe ps` shows. */
  ps(): Promise<readonly ActorRow[]> {
    this.#mustRun()
    return listActors(this.#program.assembly)
  }

  /** Ends every actor, the youngest first, then leaves the bus; what this program started is gone afterwards. Idempotent. */
  shutdown(): Promise<void> {
    return (this.#shutdown ??= this.#program.assembly.keepAlive.during(this.#endAll()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  async #endAll(): Promise<void> {
    const { assembly, table, bus, control, stray } = this.#program
    control?.close()
    await assembly.endUnclaimed()
    await assembly.root.stopAll()
    await assembly.endUnclaimed()
    assembly.leave()
    assembly.runtime.router.close(new ShutDownError())
    await bus?.close()
    await table.close()
    running.delete(this)
    const { pathOf, removeMachineMemory } = await import("../parallel/mapped-memory/machine-memory.js")
    // Another system of this process may use the same.
    const path = pathOf(this.home)
    if (![...running].some(({ home }) => pathOf(home) === path)) await removeMachineMemory(this.home)
    assembly.runtime.asks.deadlines.clear()
    stray.close()
    this.#exit?.close()
  }

  async #end(ref: ActorRef, rung: Rung): Promise<Ending> {
    this.#mustRun()
    const { runtime, root, keepAlive } = this.#program.assembly
    const owner = ownerOf(ref.id)
    if (owner === runtime.host) return keepAlive.during(root.end(ref.id, rung))
    return (await runtime.askHost(owner, "end", { input: { id: ref.id, rung }, timeoutMs: 60_000 })) as Ending
  }

  #mustRun(): void {
    if (this.#shutdown !== undefined) throw new ShutDownError()
  }
}
