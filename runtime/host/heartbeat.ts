// Heartbeat — the sign of life of a host's event loop, for whoever looks from outside (promise S15).

/** How often a loop beats when nothing else is said, in milliseconds: its thread is woken for it. */
const SLOWEST_MS = 1000
const FASTEST_MS = 25
/** How many beats are missing when an actor has not responded for as long as it may. */
const BEATS_PER_LIMIT = 8

/** How often a loop has to beat whose silence is to be noticed within a limit. */
export function beatMsFor(unresponsiveMs: number): number {
  return Math.min(SLOWEST_MS, Math.max(FASTEST_MS, Math.round(unresponsiveMs / BEATS_PER_LIMIT)))
}

/** Beats from now on, as long as this loop turns; it keeps nothing alive. */
export function startHeartbeat(beat: () => void, everyMs: number = SLOWEST_MS): void {
  const tick = (): void => {
    try {
      beat()
    } catch {
      // A beat that cannot be written is a missing one; it must not end the actor.
    }
  }
  setInterval(tick, everyMs).unref()
}
