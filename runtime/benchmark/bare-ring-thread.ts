// The other side of the rings' own round trip: a thread that sends back what comes, with no actor and no codec.

import { parentPort, workerData } from "node:worker_threads"
import { type RingEnds, RingTransport } from "../transport/ring-transport.js"

const transport = new RingTransport({
  ends: workerData as RingEnds,
  receive: (frame) => void transport.send(undefined, new Uint8Array(frame)),
  broken: (error) => {
    throw error
  },
})

// A wait for the rings holds no event loop.
parentPort?.on("message", () => undefined)
