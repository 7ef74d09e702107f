// The first file that runs in a worker thread.

import { isMainThread, workerData } from "node:worker_threads"
import type { ThreadHostData } from "../host/thread-host.js"
import { runThread } from "../system/thread-composition.js"

if (!isMainThread) void runThread(workerData as ThreadHostData)
