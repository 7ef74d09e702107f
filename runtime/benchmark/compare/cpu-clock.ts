// Processor time that a thread has taken. Linux tells it per thread; elsewhere only that of a whole process is known.

import { readdirSync, readFileSync } from "node:fs"

/** Of the calling thread, in nanoseconds; undefined where it cannot be told. Threads of the engine beside it do not count. */
export function threadCpuNs(): number | undefined {
  return firstNumberOf("/proc/thread-self/schedstat")
}

/** Of all threads of a process, in nanoseconds; undefined where it cannot be told. */
export function processCpuNs(pid: number): number | undefined {
  try {
    const tasks = readdirSync(`/proc/${String(pid)}/task`)
    return tasks.reduce((sum, task) => sum + (firstNumberOf(`/proc/${String(pid)}/task/${task}/schedstat`) ?? 0), 0)
  } catch {
    return undefined
  }
}

function firstNumberOf(file: string): number | undefined {
  try {
    const figure = Number.parseInt(readFileSync(file, "utf8"), 10)
    return Number.isNaN(figure) ? undefined : figure
  } catch {
    return undefined
  }
}
