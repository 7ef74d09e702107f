// What became of waiting for events.

import { TroupeError } from "./troupe-error.js"

/** The time was over before all events had come that were waited for. */
export class EventsMissingError extends TroupeError {
  readonly code = "ERR_EVENTS_MISSING"
  constructor(missing: readonly string[], seen: number, timeoutMs: number) {
    const came = `${String(seen)} of what was waited for had come`
    super(`no event ${[...missing].join(", ")} within ${String(timeoutMs)} ms; ${came}`, { missing, seen, timeoutMs })
  }
}
