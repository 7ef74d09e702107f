// The first file that runs in a worker thread.

import { isMainThread, workerData } from "node:worker_threads"
import type { ThreadHostData } from "../host/thread-host.js"
import { runThread } from "../system/thread-composition.js"

if (!isMainThread) {
  const data = workerData as ThreadHostData
  // Stacks name the sources of what is loaded from here on, as in process-entry.
  if (data.sourceMaps) process.setSourceMapsEnabled(true)
  void runThread(data)
}
