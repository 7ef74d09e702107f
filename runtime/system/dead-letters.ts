// DeadLetters — messages that reached nobody: counted, published, and logged now and then (promise M5).
// Z1  A flood of them is counted in full, but logged at most once a second and published at most some hundred times.

import type { DeadLetter } from "../actor/delivery.js"
import { summarise } from "../actor/exit-reason.js"
import type { ActorLog } from "../actor/surroundings.js"
import { codeOf } from "../errors.js"

const DEAD_LETTER_TOPIC = "dead-letter"
const PER_SECOND = 100

export class DeadLetters {
  readonly #publish: (topic: string, data: unknown) => void
  readonly #log: ActorLog
  readonly #counts = new Map<DeadLetter["reason"], number>()
  #second = 0
  #inSecond = 0
  #quiet = 0

  constructor(publish: (topic: string, data: unknown) => void, log: ActorLog) {
    this.#publish = publish
    this.#log = log
  }

  /** How many there were, by reason. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  add(letter: DeadLetter): void {
    const { actor, name, handler, reason, error } = letter
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      if (this.#quiet > 0) this.#log.warn(`${String(this.#quiet)} more dead letters`)
      this.#second = second
      this.#inSecond = this.#quiet = 0
    }
    if (++this.#inSecond > PER_SECOND) {
      this.#quiet++
      return
    }
    const why = error instanceof Error ? { error: summarise(error).message, code: codeOf(error) ?? null } : {}
    this.#publish(DEAD_LETTER_TOPIC, { actor, name, handler, reason, ...why })
    if (this.#inSecond === 1) this.#log.warn(`dead letter for ${name}.${handler}: ${reason}`, why)
  }
}
