// Carrier — one way to hand a payload to somebody else, and to know that it arrived.
// A handover ends when the other side has the whole payload before it and has said so; how far it must be read is the parcel's.

import type { Parcel } from "./parcel.js"

/** The cells of the square, with the inline call they are compared with, and the bare platform for reference. */
export const CARRIER_IDS = [
  "function",
  "inline",
  "thread-shared",
  "thread-actor",
  "thread-clone",
  "thread-transfer",
  "process-shared",
  "process-actor",
  "process-nats",
  "process-ipc",
] as const

export type CarrierId = (typeof CARRIER_IDS)[number]

/** What is known of a carrier before anything is measured. */
export interface CarrierWords {
  readonly id: CarrierId
  readonly label: string
  /** Where the other side is. */
  readonly place: "inline" | "thread" | "process"
  readonly medium: "call" | "shared memory" | "messages"
  /** A cell is what troupe offers or what its toolkit stands on; a reference is the bare platform. */
  readonly role: "cell" | "reference"
  readonly how: string
  /** How often the payload is copied where nobody can count it, by how it works: inside the engine, by recvmsg, in nats-server. */
  readonly unseenCopies: number
}

/** Something since some beginning, such as processor time in nanoseconds; undefined where it cannot be known. */
export interface Reading {
  readonly here: number | undefined
  readonly there: number | undefined
  /** What stands between the two, such as nats-server. */
  readonly between?: number | undefined
}

export interface Carrier {
  /** How many handovers may be under way. */
  readonly width: number
  /** How many bytes of payload may be under way; nobody's server is to be drowned. @default 64 MiB */
  readonly mostBytes?: number
  /** Told how large the next payloads are, while nothing is under way. */
  fit?(bytes: number): void
  /** Hands one over; the receipt tells what arrived. Never called for more than `width` at a time, each with a parcel of its own. */
  hand(parcel: Parcel): number | Promise<number>
  /** Hands over many as fast as it can, each receipt checked. Left out, they are kept in flight by `hand`. */
  stream?(parcels: readonly Parcel[], total: number): void
  cpu(): Promise<Reading>
  /** Bytes copied so far. From the first call on both sides count, which takes time: nothing is timed any more. */
  copied(): Promise<Reading>
  close(): Promise<void>
}

/** Why a carrier cannot be measured here, in words for the report. */
export class NotMeasured extends Error {}

/** A payload that the carrier never takes, on any machine. */
export class OverLimit extends NotMeasured {
  /** @param limit in words: `64 MiB of a message` */
  constructor(limit: string) {
    super(`over the limit of ${limit}`)
  }
}
