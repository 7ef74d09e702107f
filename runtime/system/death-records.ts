// DeathRecords — the last abnormal ends of each actor, and its last orderly one, for `troupe why`.

import type { ExitReason } from "../actor/exit-reason.js"
import type { ActorId } from "../ids.js"

export interface DeathRecord {
  /** ISO 8601. */
  readonly at: string
  readonly incarnation: number
  readonly reason: ExitReason
  /** The handler it was at, or had called last. */
  readonly lastMessage?: string
  readonly stack?: string
}

/** An orderly end, after which nothing was started again. */
export type EndRecord = Pick<DeathRecord, "at" | "reason">

const PER_ACTOR = 20
const ACTORS = 1000

export class DeathRecords {
  readonly #byName = new Map<string, readonly DeathRecord[]>()
  readonly #ends = new Map<string, EndRecord>()

  add(id: ActorId, name: string, record: DeathRecord): void {
    const key = name === "" ? id : name
    put(this.#byName, key, [...this.of(key), record].slice(-PER_ACTOR))
  }

  /** An actor that has a name ended in order. */
  ended(name: string, record: EndRecord): void {
    put(this.#ends, name, record)
  }

  /** An actor of that name is there. */
  began(name: string): void {
    this.#ends.delete(name)
  }

  of(name: string): readonly DeathRecord[] {
    return this.#byName.get(name) ?? []
  }

  endOf(name: string): EndRecord | undefined {
    return this.#ends.get(name)
  }
}

/** Adds it as the newest; the oldest goes when there are too many. */
function put<T>(to: Map<string, T>, key: string, value: T): void {
  to.delete(key)
  to.set(key, value)
  const oldest = to.keys().next().value
  if (to.size > ACTORS && oldest !== undefined) to.delete(oldest)
}
