// The other side of the bare baseline: a thread that answers messages with postMessage alone.

import { parentPort } from "node:worker_threads"

export interface BareQuestion {
  readonly id: number
  readonly by: number
  /** Comes along and is not looked at. */
  readonly ballast?: Uint8Array
}

export interface BareAnswer {
  readonly id: number
  readonly value: number
}

let count = 0
parentPort?.on("message", ({ id, by }: BareQuestion) => {
  parentPort?.postMessage({ id, value: (count += by) } satisfies BareAnswer)
})
