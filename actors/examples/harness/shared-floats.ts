// Numbers that the program and its workers see at once, found by name: in the memory of the process for inline actors and threads, in the
// memory of the machine for processes, which not every machine has.

import type { ActorSystem } from "../../../runtime/index.js"
import { openMachineToolkit, sharedToolkit, type Toolkit } from "../../../runtime/toolkit.js"

/** Where a run has its arrays and barriers. Data, so that it can be an argument of a task. */
export interface Memory {
  /** Begins every name. */
  readonly name: string
  /** Of the program, for processes; null for threads. */
  readonly home: ActorSystem["home"] | null
}

/** Opened once for each thread: opening one anew for each task would take longer than some of the tasks. */
const opened = new Map<string, Promise<Float64Array>>()

/** An array of the run; zeros when it is opened for the first time. @throws {UnavailableError} where processes cannot share memory */
export function sharedFloats(memory: Memory, part: string, length: number): Promise<Float64Array> {
  const name = `${memory.name}-${part}`
  let numbers = opened.get(name)
  if (numbers === undefined) opened.set(name, (numbers = open(memory, name, length)))
  return numbers
}

/** The toolkit where the run has its arrays. */
export function toolkitOf({ home }: Memory): Promise<Toolkit> {
  return home === null ? Promise.resolve(sharedToolkit()) : openMachineToolkit({ home })
}

async function open(memory: Memory, name: string, length: number): Promise<Float64Array> {
  const toolkit = await toolkitOf(memory)
  return (await toolkit.sharedArray(name, Float64Array, { length })).view
}
