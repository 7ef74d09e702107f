// Sums of parts, as tasks: of what lies in shared memory, and of what is sent.

import { task } from "../../../runtime/index.js"
import { type Chunk, partition } from "../../../runtime/toolkit.js"
import { type Memory, sharedFloats } from "../harness/shared-floats.js"
import { sumOf } from "../scan/kernel.js"

/** A part of an array of numbers in shared memory. */
export interface SharedPart {
  readonly memory: Memory
  readonly length: number
  readonly from: number
  readonly to: number
}

/** More parts than workers even out what differs between them. */
const PARTS_BY_WORKER = 4
/** More numbers than this are not sent in one message. */
const MESSAGE_NUMBERS = 1 << 21

export const sumShared = task(import.meta.url, async ({ memory, length, from, to }: SharedPart) =>
  sumOf((await sharedFloats(memory, "numbers", length)).subarray(from, to)),
)

export const sumSent = task(import.meta.url, (part: Float64Array) => sumOf(part))

export function partsOf(length: number, workers: number): readonly Chunk[] {
  return partition(length, Math.max(workers * PARTS_BY_WORKER, Math.ceil(length / MESSAGE_NUMBERS)))
}
