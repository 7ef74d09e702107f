// Supervisor — an actor whose children are described by specs: it starts them in order, starts them again by its strategy, and
// takes changes while it runs (promises S1-S12, after Erlang/OTP's supervisor). It runs in any placement, and so do its children.
// Owns the specs. Their starts, ends and restarts are its group's business.
// V1  Static children come back with it when it is started again; those added while it ran do not (promise S11).
// V2  What is asked of it never waits for a restart: its handlers are reentrant (promise S6).
// V3  A spec has one child at most, whatever is asked at the same time: between the look at an entry and the start by it there is no await.

import { Actor } from "../actor/actor.js"
import { ActorContext } from "../actor/actor-context.js"
import type { ActorRef } from "../actor/actor-ref.js"
import { actor, handler } from "../actor/definition.js"
import { fieldsOf } from "../actor/spawn-options.js"
import type { ExitReason } from "../actor/exit-reason.js"
import { AnswerError } from "../actor/answer-error.js"
import { BadOptionError, ChildFailedError, NoChildError, TroupeError } from "../errors.js"
import type { ActorId } from "../ids.js"
import type { ChildGroup } from "./child-group.js"
import { type ChildInput, type ChildSpec, childSpec, SUPERVISOR_KIND, type Strategy, type SupervisorSpec } from "./child-spec.js"
import type { Child } from "./child.js"

/** What is shown of one child. */
export interface ChildRow {
  /** What its supervisor calls it. */
  readonly id: string
  readonly kind: string
  readonly placement: string
  /** `stopped` for one whose spec is kept and that does not run. */
  readonly status: string
  readonly restarts: number
  readonly ref?: ActorRef
  /** Milliseconds until it is tried again. */
  readonly retryInMs?: number
  readonly lastExit?: ExitReason
}

/** What starts a child of a dynamic supervisor: what its template leaves open. */
export interface DynamicChild {
  /** @default a number of its own */
  readonly id?: string
  readonly name?: string
  readonly args?: unknown
}

/** Which child is meant. */
export interface ChildId {
  readonly id: string
}

interface Entry {
  readonly spec: ChildSpec
  readonly order: number
  /** Of the child that was started by it last. */
  started: ActorId | undefined
  /** A start that is under way. */
  starting?: Promise<ActorRef> | undefined
  /** As long as it is not known yet whether that start has a child: resolves when it is. */
  begins?: Promise<void> | undefined
}

/** Those that run, whether their loop responds or not. */
const RUNNING: ReadonlySet<Child["status"] | undefined> = new Set(["running", "busy", "unresponsive"] as const)
const reentrant = { reentrant: true } as const

@actor({ kind: SUPERVISOR_KIND, module: import.meta.url, description: "starts its children and starts them again" })
export class Supervisor extends Actor {
  readonly #entries = new Map<string, Entry>()
  readonly #byActor = new Map<ActorId, Entry>()
  #nextOrder = 0

  override async onStart(): Promise<void> {
    for (const spec of this.#spec.children ?? []) this.#enter(spec)
    for (const entry of [...this.#entries.values()]) {
      const { spec } = entry
      try {
        await this.#start(entry)
      } catch (error) {
        // Those before it are stopped, last one first (promise S2).
        await this.#group.stopAll().catch(() => undefined)
        throw new ChildFailedError(this.context.name, spec.id, error)
      }
    }
  }

  override onChildExit(ref: ActorRef): void {
    const entry = this.#byActor.get(ref.id)
    this.#byActor.delete(ref.id)
    if (entry?.started === ref.id && this.#isForgotten(entry)) this.#forget(entry)
  }

  /** Its children, in the order they are started. */
  @handler(reentrant) listChildren(): ChildRow[] {
    return this.#inOrder.map((entry) => rowOf(entry.spec, this.#child(entry)))
  }

  /** How many specs there are, and how many of their children run; `supervisors` are those that look after others. */
  @handler(reentrant) countChildren(): { specs: number; running: number; supervisors: number } {
    const entries = this.#inOrder
    return {
      specs: entries.length,
      running: entries.filter((entry) => RUNNING.has(this.#child(entry)?.status)).length,
      supervisors: entries.filter(({ spec }) => spec.kind === SUPERVISOR_KIND).length,
    }
  }

  /**
   * Adds a child, last in order, and starts it. A dynamic supervisor takes `{ id?, name?, args? }`, any other a child's spec.
   * @throws {BadOptionError} for a bad spec or an id that is taken; StartFailedError, and then the child is forgotten
   */
  @handler(reentrant) startChild(given: ChildInput | DynamicChild = {}): Promise<ActorRef> {
    return answering(async () => {
      const spec = this.#isDynamic ? this.#dynamicSpec(given) : childSpec(given as ChildInput)
      if (this.#entries.has(spec.id)) throw new BadOptionError("id", "an id that no sibling has", spec.id)
      const entry = this.#enter(spec)
      try {
        return await this.#start(entry)
      } catch (error) {
        this.#forget(entry)
        throw error
      }
    })
  }

  /** Stops a child and keeps its spec; a dynamic or temporary one is forgotten. @throws {NoChildError} */
  @handler(reentrant) stopChild(given: ChildId): Promise<void> {
    return answering(() =>
      this.#onceStopped(given, (entry) => {
        if (this.#isForgotten(entry)) this.#forget(entry)
      }),
    )
  }

  /** Starts a child again, one that is stopped as well; nothing is counted. @throws {NoChildError} or StartFailedError */
  @handler(reentrant) restartChild(given: ChildId): Promise<ActorRef> {
    return answering(async () => {
      const entry = this.#entry(given)
      if (entry.starting !== undefined) return entry.starting
      const child = this.#child(entry)
      if (child === undefined) return this.#start(entry)
      await child.restart()
      return child.ref
    })
  }

  /** Stops a child and forgets its spec. @throws {NoChildError} */
  @handler(reentrant) removeChild(given: ChildId): Promise<void> {
    return answering(() => this.#onceStopped(given, (entry) => this.#forget(entry)))
  }

  /**
   * Gives a child another spec, in the same place, and starts it anew by that.
   * @throws {NoChildError}, BadOptionError or NoKindError, and then nothing has changed; StartFailedError, and then the child is stopped
   * and the new spec is kept
   */
  @handler(reentrant) replaceChild(given: ChildInput): Promise<ActorRef> {
    return answering(async () => {
      const spec = childSpec(given)
      if (this.#isDynamic) throw new BadOptionError("replaceChild", 'a supervisor that is not "dynamic"', spec.id)
      this.#entry(spec)
      await this.#group.definitionOf(spec.kind, spec.module)
      return this.#onceStopped(spec, ({ order }) => {
        const entry: Entry = { spec, order, started: undefined }
        this.#entries.set(spec.id, entry)
        return this.#start(entry)
      })
    })
  }

  get #spec(): SupervisorSpec {
    return this.context.args ?? {}
  }

  get #strategy(): Strategy {
    return this.#spec.strategy ?? "one-for-one"
  }

  get #isDynamic(): boolean {
    return this.#strategy === "dynamic"
  }

  get #group(): ChildGroup {
    return ActorContext.familyOf<ChildGroup>(this.context)
  }

  get #inOrder(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => a.order - b.order)
  }

  #child({ started }: Entry): Child | undefined {
    return started === undefined ? undefined : this.#group.child(started)
  }

  /** Whether a child's end takes its spec along (promises S4, S11). */
  #isForgotten({ spec }: Entry): boolean {
    return this.#isDynamic || spec.restart === "temporary"
  }

  /** @throws {NoChildError} or BadOptionError for what is no `{ id }` */
  #entry(given: ChildId): Entry {
    const { id } = fieldsOf(given, "which child") as { id?: unknown }
    const entry = typeof id === "string" ? this.#entries.get(id) : undefined
    if (entry === undefined) throw new NoChildError(this.context.name, id, [...this.#entries.keys()])
    return entry
  }

  /** Stops a child if there is one, and then, before anybody else can, acts on its entry. */
  async #onceStopped<T>(given: ChildId, act: (entry: Entry) => T): Promise<Awaited<T>> {
    let entry = this.#entry(given)
    let stopped: Child | undefined
    for (;;) {
      const child = this.#child(entry)
      if (entry.begins !== undefined) await entry.begins
      else if (child === undefined || child === stopped) return await act(entry)
      else {
        await child.stop()
        stopped = child
      }
      entry = this.#entries.get(entry.spec.id) ?? entry
    }
  }

  #enter(spec: ChildSpec): Entry {
    const entry: Entry = { spec, order: this.#nextOrder++, started: undefined }
    this.#entries.set(spec.id, entry)
    return entry
  }

  /** Unless another has taken its place. */
  #forget(entry: Entry): void {
    if (this.#entries.get(entry.spec.id) === entry) this.#entries.delete(entry.spec.id)
  }

  #dynamicSpec(given: DynamicChild): ChildSpec {
    for (const key of Object.keys(fieldsOf(given, "child")))
      if (!["id", "name", "args"].includes(key))
        throw new BadOptionError(key, "one of id, name, args: the rest is the template's", key)
    const { template } = this.#spec
    if (template === undefined) throw new BadOptionError("template", "a child spec", template)
    const { id = this.#freeId(), name, args } = given
    return childSpec({
      ...template,
      id,
      ...(name === undefined ? {} : { name }),
      ...(args === undefined ? {} : { args }),
    })
  }

  #freeId(): string {
    let number = this.#nextOrder
    while (this.#entries.has(`child-${String(number)}`)) number++
    return `child-${String(number)}`
  }

  async #start(entry: Entry): Promise<ActorRef> {
    let begun: () => void = () => undefined
    entry.begins = new Promise((resolve) => {
      begun = () => {
        entry.begins = undefined
        resolve()
      }
    })
    entry.starting = this.#spawn(entry, begun)
    try {
      return await entry.starting
    } finally {
      entry.starting = undefined
      begun()
    }
  }

  async #spawn(entry: Entry, begun: () => void): Promise<ActorRef> {
    const { id: specId, kind, module, significant = false, ...options } = entry.spec
    const definition = await this.#group.definitionOf(kind, module)
    return this.#group.spawnDefinition(definition, options, {
      specId,
      order: entry.order,
      significant,
      began: (child) => {
        entry.started = child.hosted.id
        this.#byActor.set(child.hosted.id, entry)
        begun()
      },
    })
  }
}

/** What goes wrong is the answer; the supervisor goes on. */
async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error
    const answer = new AnswerError(error.code, error.message, { ...error.data })
    answer.cause = error.cause
    throw answer
  }
}

function rowOf(spec: ChildSpec, child: Child | undefined): ChildRow {
  const { id, kind, placement = "inline" } = spec
  if (child === undefined) return { id, kind, placement, status: "stopped", restarts: 0 }
  const { status, restarts, ref, retryAt, lastExit } = child
  return {
    id,
    kind,
    placement,
    status,
    restarts,
    ref,
    ...(retryAt === undefined ? {} : { retryInMs: Math.max(0, retryAt - Date.now()) }),
    ...(lastExit === undefined ? {} : { lastExit }),
  }
}
