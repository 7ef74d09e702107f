// One of two threads that talk through a MessagePort of their own: it answers, or asks when it is told to.

import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import type { BareAnswer, BareQuestion } from "./bare-thread.js"
import { many, type Round, sequence } from "./round.js"

export interface BarePairData {
  readonly port: MessagePort
  readonly role: "answers" | "asks"
}

const { port, role } = workerData as BarePairData
const waiting = new Map<number, (value: number) => void>()
let count = 0
let next = 1

if (role === "answers")
  port.on("message", ({ id, by }: BareQuestion) => port.postMessage({ id, value: (count += by) } satisfies BareAnswer))
else {
  port.on("message", ({ id, value }: BareAnswer) => {
    waiting.get(id)?.(value)
    waiting.delete(id)
  })
  parentPort?.on("message", (round: Extract<Round, { type: "many" | "sequence" }>) => {
    const figure = round.type === "many" ? many(round, ask) : sequence(round, ask)
    void figure.then((done) => parentPort?.postMessage(done))
  })
}

function ask(): Promise<number> {
  return new Promise((resolve) => {
    const id = next++
    waiting.set(id, resolve)
    port.postMessage({ id, by: 1 } satisfies BareQuestion)
  })
}
