// What the kernel says of a process, or of one of its threads.

import { readFileSync } from "node:fs"

/** The fields of its stat from the state on: its state, its parent, and so on; undefined when there is none. */
export function statOf(pid: number, task?: string): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/${task === undefined ? "" : `task/${task}/`}stat`, "latin1")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  } catch {
    return undefined
  }
}

/** R runs, S sleeps, T is stopped, Z is dead. */
export function stateOf(pid: number, task?: string): string | undefined {
  return statOf(pid, task)?.[0]
}
