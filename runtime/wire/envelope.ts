// Envelope — one message between two hosts, and the compact array it travels as.

import type { Codec } from "./codec.js"
import { UndecodableError } from "../errors.js"
import { type HostId, hostId } from "../ids.js"
import type { WireError } from "./error-codec.js"
import type { Cargo } from "./frame.js"

/** Who in a host an envelope is for: the number of an actor there, or the host itself. */
export type Addressee = number
/** The host itself, not an actor of it. */
export const HOST_ITSELF: Addressee = -1

export type Envelope =
  | {
      readonly type: "tell"
      readonly to: Addressee
      readonly handler: string
      readonly deadline: number
      readonly input: unknown
    }
  | {
      readonly type: "ask"
      readonly to: Addressee
      readonly id: number
      readonly handler: string
      /** Milliseconds since 1970, or 0 for none: hosts of one machine share that clock, and a host that slept must notice. */
      readonly deadline: number
      readonly input: unknown
    }
  | { readonly type: "answered"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: WireError }
  | { readonly type: "cancel"; readonly id: number }
  | ({ readonly type: "refused" } & Refused)

/** A frame that was not opened: where it was to go, and what it held. */
export interface Refused extends Cargo {
  readonly host: HostId
  readonly incarnation: number
  readonly why: RefusalReason
}

/**
 * `superseded`: the incarnation it was for is dead. `undeliverable`: nobody serves its host now. `ended`: and nobody will.
 * `overloaded`: its way has no room.
 */
export type RefusalReason = "superseded" | "undeliverable" | "ended" | "overloaded"

const TELL = 0
const ASK = 1
const ANSWERED = 2
const FAILED = 3
const CANCEL = 4
const REFUSED = 5
const REASONS: readonly RefusalReason[] = ["superseded", "undeliverable", "ended", "overloaded"]

/** The array an envelope travels as. */
export function toWire(envelope: Envelope): unknown[] {
  switch (envelope.type) {
    case "tell":
      return [TELL, envelope.to, envelope.handler, envelope.deadline, envelope.input]
    case "ask":
      return [ASK, envelope.to, envelope.id, envelope.handler, envelope.deadline, envelope.input]
    case "answered":
      return [ANSWERED, envelope.id, envelope.value]
    case "failed":
      return [FAILED, envelope.id, envelope.error]
    case "cancel":
      return [CANCEL, envelope.id]
    case "refused": {
      const { host, incarnation, why, last, span, tells, roots } = envelope
      return [REFUSED, host, incarnation, REASONS.indexOf(why), last, span, tells, roots]
    }
  }
}

/** The envelopes of a batch. @throws {UndecodableError} when one of them is none. */
export function fromBatch(batch: unknown): Envelope[] {
  if (!Array.isArray(batch)) throw new UndecodableError("frame", "no batch in it")
  return batch.map(fromWire)
}

/** @throws {UndecodableError} when it is no envelope. */
export function fromWire(wire: unknown): Envelope {
  if (Array.isArray(wire)) {
    const [type, a, b, c, d, e] = wire as unknown[]
    if (type === TELL && isNumber(a) && typeof b === "string" && isNumber(c))
      return { type: "tell", to: a, handler: b, deadline: c, input: d }
    if (type === ASK && isNumber(a) && isNumber(b) && typeof c === "string" && isNumber(d)) {
      return { type: "ask", to: a, id: b, handler: c, deadline: d, input: e }
    }
    if (type === ANSWERED && isNumber(a)) return { type: "answered", id: a, value: b }
    if (type === FAILED && isNumber(a)) return { type: "failed", id: a, error: b as WireError }
    if (type === CANCEL && isNumber(a)) return { type: "cancel", id: a }
    if (type === REFUSED) return refusedOf(wire as unknown[])
  }
  throw new UndecodableError("envelope", "it has none of the known forms")
}

function refusedOf([, host, incarnation, why, ...cargo]: readonly unknown[]): Envelope {
  const [last, span, tells, roots] = cargo
  const reason = REASONS[why as number]
  if (
    reason === undefined ||
    !isNumber(incarnation) ||
    !isNumber(last) ||
    !isNumber(span) ||
    !isNumber(tells) ||
    !isNumber(roots)
  )
    throw new UndecodableError("envelope", "a refusal that says not what of")
  return { type: "refused", host: hostId(host), incarnation, why: reason, last, span, tells, roots }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number"
}

/** What is wrong with a message that cannot be encoded, with the path from the message on: who sent it knows of no envelope. */
export function faultIn(envelope: Envelope, codec: Codec, error: unknown): unknown {
  try {
    codec.encode("input" in envelope ? envelope.input : "value" in envelope ? envelope.value : undefined)
    return error
  } catch (fault) {
    return fault
  }
}
