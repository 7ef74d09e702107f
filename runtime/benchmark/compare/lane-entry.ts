// The serving side of a shared lane: a worker thread that was given the memory, or a process that maps its file.

import { isMainThread, workerData } from "node:worker_threads"
import { openMapped } from "./mapped-file.js"
import { PROCESS_WAIT, SharedLane, THREAD_WAIT } from "./shared-lane.js"

if (isMainThread) {
  const [path = "", bytes = "0"] = process.argv.slice(2)
  const { memory } = await openMapped(path, Number(bytes))
  const parent = process.ppid
  new SharedLane(memory, PROCESS_WAIT).serve(() => process.ppid !== parent)
} else {
  const { memory } = workerData as { memory: SharedArrayBuffer }
  new SharedLane(memory, THREAD_WAIT).serve(() => false)
}
