// Round — what an asker in a process of its own is to do once, and the loops that both askers, the bare one and that of actors, share:
// whatever these cost, they cost both.

import { inFlight } from "./in-flight.js"
import { spreadOf } from "./statistics.js"

export type Round =
  /** So many asks, so many in flight, each with so many bytes of payload. Gives asks per second. */
  | { readonly type: "many"; readonly total: number; readonly width: number; readonly bytes?: number }
  /** One ask after the other. Gives the median of what one took, in microseconds. */
  | { readonly type: "sequence"; readonly total: number }
  /** So many actors. Gives the bytes that each takes. */
  | { readonly type: "crowd"; readonly total: number; readonly answered: boolean }
  /** So many tells. Gives tells per second, until the last is known to be handled. */
  | { readonly type: "tells"; readonly total: number }
  /** Asks as frames of the size and number that actors' asks make, answered by frames of the size of their answers. Gives asks per second. */
  | { readonly type: "frames"; readonly total: number; readonly width: number }

/** Makes so many calls at a time; gives calls per second. */
export async function many(
  { total, width }: Extract<Round, { type: "many" | "frames" }>,
  call: () => Promise<unknown>,
): Promise<number> {
  return (total / (await inFlight(total, width, call))) * 1000
}

/** Makes one call after the other; gives the median in microseconds. */
export async function sequence({ total }: Extract<Round, { type: "sequence" }>, call: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < total; i++) {
    const start = performance.now()
    await call()
    took.push(performance.now() - start)
  }
  return spreadOf(took).median * 1000
}

/** Runs rounds for whoever started this process. */
export function serveRounds(run: (round: Round) => Promise<number>): void {
  process.on("message", (round: Round) => {
    run(round).then(
      (figure) => process.send?.(figure),
      (error: unknown) => process.send?.(String(error)),
    )
  })
}
