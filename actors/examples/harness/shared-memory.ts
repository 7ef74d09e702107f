// Memory that the program and its threads see at once. A message cannot carry it, so it is laid out before the threads start: Node.js
// hands a thread's environment data on to every thread that it starts. Other processes do not see it.

import { getEnvironmentData, setEnvironmentData } from "node:worker_threads"
import { AnswerError } from "../../../runtime/index.js"

/** Some buffers by name. */
export type SharedParts = Readonly<Record<string, SharedArrayBuffer>>

const KEY = "troupe.examples"

/** Lays buffers out for the workers that are started from now on; undefined takes them away. */
export function layOut(parts: SharedParts | undefined): void {
  setEnvironmentData(KEY, parts)
}

/** One of the buffers that were laid out. @throws {AnswerError} ERR_NO_SHARED_MEMORY */
export function sharedPart(name: string): SharedArrayBuffer {
  const parts = getEnvironmentData(KEY) as SharedParts | undefined
  const part = parts?.[name]
  if (part === undefined)
    throw new AnswerError(
      "ERR_NO_SHARED_MEMORY",
      `${name}: no such memory was laid out for this worker; a process shares none, so run it with --exchange messages`,
    )
  return part
}

export function sharedFloats(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT))
}

/** The numbers of a buffer that was laid out. */
export function sharedNumbers(name: string): Float64Array<SharedArrayBuffer> {
  return new Float64Array(sharedPart(name))
}
