// OpenCarriers — the carriers of a run: opened together, closed together, and opened again when one has broken.
// C1  A carrier that failed is not asked again within the same part of the run; at the next one it is opened anew.
// C2  One that could not be opened, or has broken too often, is lost: its reason stands for all that would have followed.

import { CARRIERS } from "./carrier-list.js"
import { type Carrier, type CarrierId, NotMeasured, OverLimit } from "./carrier.js"
import type { Unmeasured } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"
import type { Cargo, Stage } from "./stage.js"
import { within } from "./within.js"

/** How often a carrier may break. */
const MOST_BREAKS = 3
/** How long one that has broken may take to close. */
const CLOSE_MS = 5000

export interface CarriersOptions {
  readonly cargo: Cargo
  /** How long one use may take, in milliseconds. @default 60,000 */
  readonly patienceMs?: number
  /** @default all */
  readonly ids?: readonly CarrierId[]
}

export class OpenCarriers implements AsyncDisposable {
  readonly #stage: Pick<Stage, "open">
  readonly #cargo: Cargo
  readonly #patienceMs: number
  readonly #open = new Map<CarrierId, Carrier>()
  readonly #lost = new Map<CarrierId, Unmeasured>()
  readonly #breaks = new Map<CarrierId, number>()

  private constructor(stage: Pick<Stage, "open">, { cargo, patienceMs = 60_000 }: CarriersOptions) {
    this.#stage = stage
    this.#cargo = cargo
    this.#patienceMs = patienceMs
  }

  static async open(stage: Pick<Stage, "open">, options: CarriersOptions): Promise<OpenCarriers> {
    const carriers = new OpenCarriers(stage, options)
    for (const id of options.ids ?? CARRIERS.map((one) => one.id)) await carriers.#openOne(id)
    return carriers
  }

  /** Those that cannot be measured now, and why. */
  get lost(): ReadonlyMap<CarrierId, Unmeasured> {
    return this.#lost
  }

  /** Opens those again that have broken since. */
  async revive(): Promise<void> {
    for (const [id, breaks] of this.#breaks)
      if (!this.#open.has(id) && breaks < MOST_BREAKS) {
        this.#lost.delete(id)
        await this.#openOne(id)
      }
  }

  /** Does something with a carrier. What goes wrong is told by `failed`; what has broken is closed, until `revive`. */
  async use<T>(
    id: CarrierId,
    work: (carrier: Carrier) => Promise<T>,
  ): Promise<{ readonly result: T } | { readonly failed: Unmeasured }> {
    const carrier = this.#open.get(id)
    if (carrier === undefined) return { failed: this.#lost.get(id) ?? { status: "not measured", why: "it was not opened" } }
    try {
      return { result: await within(work(carrier), this.#patienceMs) }
    } catch (error) {
      const failed = unmeasuredBy(error)
      // What is too large for a carrier does not break it; whatever else went wrong may have left handovers under way.
      if (error instanceof NotMeasured || failed.status === "not possible") return { failed }
      this.#lost.set(id, failed)
      this.#breaks.set(id, (this.#breaks.get(id) ?? 0) + 1)
      this.#open.delete(id)
      await within(carrier.close(), CLOSE_MS).catch(() => undefined)
      return { failed }
    }
  }

  async #openOne(id: CarrierId): Promise<void> {
    try {
      this.#open.set(id, await this.#stage.open(id, this.#cargo))
    } catch (error) {
      this.#lost.set(id, unmeasuredBy(error))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const carrier of this.#open.values()) await within(carrier.close(), CLOSE_MS).catch(() => undefined)
    this.#open.clear()
  }
}

function unmeasuredBy(error: unknown): Unmeasured {
  if (error instanceof OverLimit) return { status: "not possible", why: error.message }
  const limit = limitOf(error)
  if (limit !== undefined) return { status: "not possible", why: `over the limit of ${shownBytes(limit)} of a message` }
  return { status: "not measured", why: (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ") }
}

/** What a message holds at most, when that was the reason. The error may have come from another thread: its code tells it. */
function limitOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_TOO_LARGE") return undefined
  const { limit } = ("data" in error ? error.data : {}) as { readonly limit?: unknown }
  return typeof limit === "number" ? limit : undefined
}
