// The first file that runs in a worker thread.

import { parentPort, workerData } from "node:worker_threads"
import type { ChildHostData } from "../host/child-host-data.js"
import { runThread } from "../system/thread-composition.js"

if (parentPort !== null) void runThread(workerData as ChildHostData, parentPort)
