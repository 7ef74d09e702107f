// Workplace — the workers of one run of an example, and of its warming up.
// Owns their lives: they are ended when it is closed, in the middle of a computation too.

import {
  type Actor,
  type ActorClass,
  type ActorRef,
  type ActorSystem,
  codeOf,
  Pool,
  type PoolOptions,
} from "../../../runtime/index.js"
import { Crew } from "./crew.js"
import type { Figures, HireOptions, Preparing, Request, Run } from "./example.js"
import type { Pace } from "./pace.js"
import { Stopwatch } from "./stopwatch.js"

const START_MS = 60_000
let runs = 0

/** The workers of one run, and of its warming up. */
export class Workplace {
  readonly watch = new Stopwatch()
  readonly #id = String(++runs)
  readonly #system: ActorSystem
  readonly #request: Request
  readonly #pace: Pace
  readonly #refs: ActorRef[] = []
  readonly #keptRefs: ActorRef[] = []
  readonly #opened: AsyncDisposable[] = []
  readonly #pools = new Map<string, Promise<Pool>>()
  /** Those that serve all rounds, by their class. */
  readonly #kept = new Map<unknown, Promise<unknown>>()
  #keep: (() => Figures | Promise<Figures>) | undefined

  constructor(system: ActorSystem, request: Request, pace: Pace) {
    this.#system = system
    this.#request = request
    this.#pace = pace
  }

  /** What an example has at hand to warm up; what is laid out then is of another size, and nobody needs to know how long it took. */
  warmUp(): Run {
    return this.#newRun(`warm-up-${String(process.pid)}`, new Stopwatch())
  }

  /** What an example has at hand. Its arrays are the same in each round. */
  newRun(): Run {
    return this.#newRun(`run-${String(process.pid)}`, this.watch)
  }

  #newRun(arrays: string, layouts: Preparing): Run {
    const number = String(++runs)
    this.#keep = undefined
    const [system, request] = [this.#system, this.#request]
    return {
      ...request,
      pace: this.#pace,
      system,
      memory: { name: `${arrays}-${this.#id}`, home: request.placement === "process" ? system.home : null },
      unique: (what) => `${what}-${String(process.pid)}-${number}`,
      setUp: layouts.setUp,
      hire: (Class, how) => this.watch.setUp(() => this.#crew(Class, how)),
      open: (start) => this.watch.setUp(() => this.#open(start)),
      pool: (options) => this.watch.setUp(() => this.#pool(options)),
      subscribe: (pattern, receive) => system.subscribe(pattern, receive),
      publish: (topic, data) => system.publish(topic, data),
      soFar: (keep) => (this.#keep = keep),
    }
  }

  #crew<A extends Actor>(Class: ActorClass<A>, how: HireOptions = {}): Promise<Crew<A>> {
    if (how.rounds !== "all") return this.#hire(Class, how)
    const crew = (this.#kept.get(Class) as Promise<Crew<A>> | undefined) ?? this.#hire(Class, how)
    this.#kept.set(Class, crew)
    return crew
  }

  async #hire<A extends Actor>(Class: ActorClass<A>, how: HireOptions): Promise<Crew<A>> {
    const { args, count, daemon = false, restart = "temporary", rounds } = how
    const { placement, workers } = this.#request
    const spawning = Array.from({ length: count ?? workers }, async () => {
      const ref = await this.#system.spawn(Class, {
        placement,
        args,
        daemon,
        restart,
        startTimeoutMs: START_MS,
        // A long chunk is no hang.
        ...(placement === "inline" ? {} : { unresponsiveMs: Infinity }),
      })
      ;(rounds === "all" ? this.#keptRefs : this.#refs).push(ref)
      return ref
    })
    await Promise.allSettled(spawning)
    return new Crew(await Promise.all(spawning), this.#pace)
  }

  async #open<T extends AsyncDisposable>(starting: () => Promise<T>): Promise<T> {
    const opened = await starting()
    this.#opened.push(opened)
    return opened
  }

  #pool(options: PoolOptions = {}): Promise<Pool> {
    const { placement, workers } = this.#request
    const key = JSON.stringify(options)
    const onProgress: PoolOptions["onProgress"] = ({ done, total }) => {
      if (total !== undefined) this.#pace.told(done / total)
    }
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      pool = this.#open(() => Pool.start(this.#system, { placement, workers, onProgress, ...options }))
      this.#pools.set(key, pool)
    }
    return pool
  }

  /** Ends the actors that were hired for one round, at once: they keep nothing that anybody needs, and must not answer in another round. */
  async endHired(): Promise<void> {
    await this.#end(this.#refs)
  }

  async #end(refs: ActorRef[]): Promise<void> {
    await Promise.all(refs.splice(0).map((ref) => this.#system.kill(ref).catch(unlessEnded)))
  }

  /** What an interrupted run has to keep and to tell; asked for once. */
  async soFar(): Promise<Figures | undefined> {
    const keep = this.#keep
    this.#keep = undefined
    return keep?.()
  }

  /** Ends all workers, and what was opened in the reverse of its order. */
  async close(): Promise<void> {
    await Promise.all([this.#end(this.#refs), this.#end(this.#keptRefs)])
    for (const opened of this.#opened.splice(0).reverse()) await opened[Symbol.asyncDispose]()
  }
}

/** An actor that has ended by itself need not be killed. */
function unlessEnded(error: unknown): void {
  if (codeOf(error) !== "ERR_NO_ACTOR") throw error
}
