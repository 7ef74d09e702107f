// DeathRecords — the last abnormal ends of each actor, for `troupe why`.

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

const PER_ACTOR = 20
const ACTORS = 1000

export class DeathRecords {
  readonly #byName = new Map<string, DeathRecord[]>()

  add(id: ActorId, name: string, record: DeathRecord): void {
    const key = name === "" ? id : name
    const records = this.#byName.get(key) ?? []
    this.#byName.delete(key)
    this.#byName.set(key, [...records, record].slice(-PER_ACTOR))
    const oldest = this.#byName.keys().next().value
    if (this.#byName.size > ACTORS && oldest !== undefined) this.#byName.delete(oldest)
  }

  of(name: string): readonly DeathRecord[] {
    return this.#byName.get(name) ?? []
  }
}
