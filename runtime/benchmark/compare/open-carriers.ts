// OpenCarriers — the carriers of a run: opened together, lost one by one, closed together.
// C1  A carrier that failed is not asked again: its reason stands for all that would have followed.

import { CARRIERS } from "./carrier-list.js"
import type { Carrier, CarrierId } from "./carrier.js"
import { NotMeasured } from "./carrier.js"
import type { Cargo, Stage } from "./stage.js"

/** How long one round of one carrier may take beyond what was planned: a handler that hangs must not hang the run. */
const PATIENCE_MS = 60_000

export class OpenCarriers implements AsyncDisposable {
  readonly #open = new Map<CarrierId, Carrier>()
  readonly #lost = new Map<CarrierId, string>()

  static async open(stage: Stage, cargo: Cargo, ids: readonly CarrierId[] = CARRIERS.map(({ id }) => id)): Promise<OpenCarriers> {
    const carriers = new OpenCarriers()
    for (const id of ids) {
      try {
        carriers.#open.set(id, await stage.open(id, cargo))
      } catch (error) {
        carriers.lose(id, error)
      }
    }
    return carriers
  }

  /** Those that can be measured. */
  get ids(): readonly CarrierId[] {
    return [...this.#open.keys()]
  }

  get lost(): ReadonlyMap<CarrierId, string> {
    return this.#lost
  }

  /** Does something with a carrier. What goes wrong is told by `failed`, and the carrier is given up when it is broken for good. */
  async use<T>(
    id: CarrierId,
    work: (carrier: Carrier) => Promise<T>,
  ): Promise<{ readonly result: T } | { readonly failed: string }> {
    const carrier = this.#open.get(id)
    if (carrier === undefined) return { failed: this.#lost.get(id) ?? "it was not opened" }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no end after ${String(PATIENCE_MS / 1000)} s`))
      }, PATIENCE_MS)
    })
    try {
      return { result: await Promise.race([work(carrier), late]) }
    } catch (error) {
      // What is too large for a carrier does not break it; whatever else went wrong may have left handovers under way.
      if (isTooLarge(error)) return { failed: wordsOf(error) }
      this.lose(id, error)
      this.#open.delete(id)
      await carrier.close().catch(() => undefined)
      return { failed: wordsOf(error) }
    } finally {
      clearTimeout(timer)
    }
  }

  private lose(id: CarrierId, error: unknown): void {
    this.#lost.set(id, wordsOf(error))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const carrier of this.#open.values()) await carrier.close().catch(() => undefined)
    this.#open.clear()
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof NotMeasured || (error instanceof Error && "code" in error && error.code === "ERR_TOO_LARGE")
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ")
}
