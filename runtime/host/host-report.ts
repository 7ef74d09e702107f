// What a host and its owner tell each other, as it must look when it arrives.

import { exitReason } from "../actor/exit-reason.js"
import { hostId } from "../ids.js"
import type { WireError } from "../wire/error-codec.js"
import { anything, made, number, oneOf, optional, record, type Shape, tagged, text } from "../wire/shape.js"
import type { WayNotice, WayReport } from "../transport/threads-below.js"
import type { AdoptRequest, HostReport, SentReport, StopRequest } from "./remote-actor.js"

const host = made(hostId)

// Read by decodeError, which takes whatever comes.
const error = anything as Shape<WireError>

/** The request `report`. */
export const hostReport: Shape<HostReport> = tagged({
  ready: { host, incarnation: number, pid: number, threadId: number },
  "start-failed": { host, incarnation: number, stage: text, error },
  status: { host, incarnation: number, status: oneOf("starting", "running", "draining", "stopping", "stopped") },
  ended: { host, incarnation: number, reason: exitReason, thrown: optional(error), lastMessage: optional(text) },
})

/** The request `sent`. */
export const sentReport: Shape<SentReport> = record({
  host,
  asker: text,
  sent: record({ incarnation: number, left: number, refused: number }),
})

/** The requests `way-begins`, `way-left` and `way-read` of a thread. */
export const wayReport: Shape<WayReport> = record({ host, way: number })

/** The requests `way-opens`, `way-rests` and `way-ends` to a thread. */
export const wayNotice: Shape<WayNotice> = record({ way: number })

/** The request `adopt`. */
export const adoptRequest: Shape<AdoptRequest> = record({ incarnation: number })

/** The request `stop`. */
export const stopRequest: Shape<StopRequest> = record({ reason: exitReason, next: oneOf("final", "restarting") })
