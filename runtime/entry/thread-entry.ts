// The first file that runs in a worker thread.

import { parentPort, workerData } from "node:worker_threads"
import type { ThreadHostData } from "../host/thread-host.js"
import { runThread } from "../system/thread-composition.js"

if (parentPort !== null) void runThread(workerData as ThreadHostData, parentPort)
