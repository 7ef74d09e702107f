// The serving side of a shared lane: a worker thread that was given the memory, or a process that maps its file.

import { isMainThread, workerData } from "node:worker_threads"
import { openMapped } from "./mapped-file.js"
import { LANE_SLEEPERS, SharedLane } from "./shared-lane.js"
import { processWait, THREAD_WAIT } from "./wait.js"

if (isMainThread) {
  const [path = "", bytes = "0"] = process.argv.slice(2)
  const { memory, libc } = await openMapped(path, Number(bytes))
  const parent = process.ppid
  new SharedLane(memory, processWait(libc, LANE_SLEEPERS)).serve(() => process.ppid !== parent)
} else {
  const { memory } = workerData as { memory: SharedArrayBuffer }
  new SharedLane(memory, THREAD_WAIT).serve(() => false)
}
