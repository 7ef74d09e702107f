// KeptLog — what other threads have sent to a thread's own actor without passing the thread's owner, in memory that outlives the thread.
// The thread writes it, its owner reads it once the thread is gone, and keeps what was not settled for the next incarnation (promise
// S9). Which messages are settled stands in the intake.
//
//   i32 which half is in use · i32 bytes in the first half · i32 bytes in the second · 64 bytes in all · the halves
//   an entry: f64 number of its first message · i32 messages · i32 way · i32 where it ended in the way's ring · i32 bytes · i32 whole · 4 more ·
//   the frame, or its head alone · up to a multiple of 8
//
// G1  An entry is there from the one store on that counts its bytes, and stands before anybody is told of what is in it.
// G2  What is settled makes room: the rest is copied to the other half, which is in use from one store on. So a thread that is ended at any
//     instant leaves whole entries only, each once.
// G3  Kept are at most KEPT_BYTES, in frames of at most KEPT_FRAME_BYTES. Of what is beyond, the heads are.

import { INTAKE_WINDOW, type Intake } from "../actor/intake.js"
import { copyHead } from "../wire/frame.js"

/** Kept at most of what waits for one thread. */
export const KEPT_BYTES = 16 * 1024 * 1024
/** The largest frame that is kept. */
export const KEPT_FRAME_BYTES = 256 * 1024 - 64

const HEADS_BYTES = 1024 * 1024
const HALF_BYTES = KEPT_BYTES + HEADS_BYTES
const HALVES_AT = 64
const IN_USE = 0
const BYTES_AT = 1
const ENTRY_HEAD = 32
/** It makes room when so much has come since the last time, or as much as was left then: little memory is touched while little waits. */
const STRIDE_BYTES = 64 * 1024

/** How much memory it takes; what is not used is never touched. */
export const KEPT_LOG_BYTES = HALVES_AT + 2 * HALF_BYTES

/** A frame, or its head alone. */
export interface Kept {
  readonly frame: Uint8Array<ArrayBuffer>
  readonly isWhole: boolean
  /** The number of its first message, and the one behind its last. */
  readonly first: number
  readonly end: number
  /** The way it came by, and where it ended in the ring. */
  readonly way: number
  readonly position: number
}

interface Place {
  at: number
  readonly size: number
  readonly first: number
  readonly end: number
}

/** In the thread. */
export class KeptLog {
  readonly #intake: Intake
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #half = 0
  #used = 0
  /** Bytes that have come since it made room, and those that were left then. */
  #since = 0
  #left = 0
  #places: Place[] = []

  constructor(memory: SharedArrayBuffer, intake: Intake) {
    this.#intake = intake
    this.#words = new Int32Array(memory, 0, HALVES_AT / 4)
    this.#bytes = new Uint8Array(memory, HALVES_AT)
    this.#view = new DataView(memory, HALVES_AT)
  }

  get isEmpty(): boolean {
    return this.#intake.open === 0
  }

  /** Writes down a frame that has come by a way, and is about to be opened: its messages get the next numbers of the intake. */
  add(frame: Uint8Array, roots: number, from: { readonly way: number; readonly position: number }): void {
    if (this.isEmpty && this.#used > 0) this.#empty()
    const isKept = frame.length <= KEPT_FRAME_BYTES && this.#intake.open + roots <= INTAKE_WINDOW
    const isWhole = isKept && this.#makeRoom(sizeOf(frame.length), KEPT_BYTES)
    const bytes = isWhole ? frame : copyHead(frame)
    const size = sizeOf(bytes.length)
    // As many heads as that stand for some million messages; what is then not written down counts as lost.
    if (!isWhole && !this.#makeRoom(size, HALF_BYTES)) return
    const at = this.#half * HALF_BYTES + this.#used
    const first = this.#intake.next
    this.#view.setFloat64(at, first)
    this.#view.setInt32(at + 8, roots)
    this.#view.setInt32(at + 12, from.way)
    this.#view.setInt32(at + 16, from.position)
    this.#view.setInt32(at + 20, bytes.length)
    this.#view.setInt32(at + 24, isWhole ? 1 : 0)
    this.#bytes.set(bytes, at + ENTRY_HEAD)
    this.#places.push({ at, size, first, end: first + roots })
    this.#words[BYTES_AT + this.#half] = this.#used += size
  }

  #makeRoom(size: number, most: number): boolean {
    this.#since += size
    if (this.#used + size > STRIDE_BYTES && this.#since > Math.max(STRIDE_BYTES, this.#left)) this.#compact()
    return this.#used + size <= most
  }

  #empty(): void {
    this.#places = []
    this.#words[BYTES_AT + this.#half] = this.#used = 0
  }

  #compact(): void {
    const left = this.#places.filter(({ first, end }) => {
      for (let number = first; number < end; number++) if (!this.#intake.isSettled(number)) return true
      return false
    })
    const half = 1 - this.#half
    let used = 0
    for (const place of left) {
      const at = half * HALF_BYTES + used
      this.#bytes.copyWithin(at, place.at, place.at + place.size)
      place.at = at
      used += place.size
    }
    this.#words[BYTES_AT + half] = used
    this.#words[IN_USE] = half
    this.#half = half
    this.#used = this.#left = used
    this.#since = 0
    this.#places = left
  }
}

/** What stands in the log of a thread that is gone. */
export function readKept(memory: SharedArrayBuffer): readonly Kept[] {
  const words = new Int32Array(memory, 0, HALVES_AT / 4)
  const half = words[IN_USE] ?? 0
  const used = words[BYTES_AT + half] ?? 0
  const base = HALVES_AT + half * HALF_BYTES
  const view = new DataView(memory, base)
  const kept: Kept[] = []
  for (let at = 0; at < used;) {
    const first = view.getFloat64(at)
    const length = view.getInt32(at + 20)
    kept.push({
      frame: new Uint8Array(new Uint8Array(memory, base + at + ENTRY_HEAD, length)),
      isWhole: view.getInt32(at + 24) === 1,
      first,
      end: first + view.getInt32(at + 8),
      way: view.getInt32(at + 12),
      position: view.getInt32(at + 16),
    })
    at += sizeOf(length)
  }
  return kept
}

function sizeOf(length: number): number {
  return (ENTRY_HEAD + length + 7) & ~7
}
