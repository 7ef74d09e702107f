// Payloads through a shared lane, to a thread or to a process.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { unlinkSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import type { Carrier } from "./carrier.js"
import { copiedHere } from "./copy-counter.js"
import { threadCpuNs } from "./cpu-clock.js"
import { createMapped } from "./mapped-file.js"
import { mustBe, type Parcel } from "./parcel.js"
import { LANE_SLEEPERS, laneBytes, SharedLane } from "./shared-lane.js"
import { processWait, THREAD_WAIT } from "./wait.js"

const ENTRY = new URL("lane-entry.js", import.meta.url)
const START_MS = 10_000

/** @param largest how many bytes a payload has at most */
export async function threadLane(largest: number): Promise<Carrier> {
  const memory = new SharedArrayBuffer(laneBytes(largest))
  const lane = new SharedLane(memory, THREAD_WAIT)
  lane.prepare(largest)
  const worker = new Worker(ENTRY, { workerData: { memory } })
  await ready(lane, once(worker, "exit"))
  return carrierOf(lane, async () => {
    lane.close()
    await worker.terminate()
  })
}

/** @throws {NotMeasured} where files cannot be mapped */
export async function processLane(largest: number): Promise<Carrier> {
  const bytes = laneBytes(largest)
  const { memory, path, libc } = await createMapped(bytes)
  try {
    const lane = new SharedLane(memory, processWait(libc, LANE_SLEEPERS))
    lane.prepare(largest)
    const child = spawn(process.execPath, [fileURLToPath(ENTRY), path, String(bytes)], { stdio: ["ignore", "ignore", "inherit"] })
    const gone = once(child, "exit")
    await ready(lane, gone).catch((error: unknown) => {
      child.kill("SIGKILL")
      throw error
    })
    return carrierOf(lane, async () => {
      lane.close()
      child.kill("SIGKILL")
      await gone
    })
  } finally {
    unlinkSync(path)
  }
}

async function ready(lane: SharedLane, gone: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + START_MS
  let ended = false
  void gone.then(
    () => (ended = true),
    () => (ended = true),
  )
  const isEnded = (): boolean => ended
  while (!lane.isReady) {
    if (isEnded()) throw new Error("the other side of the shared memory ended before it was ready")
    if (performance.now() > deadline)
      throw new Error(`the other side of the shared memory was not ready within ${String(START_MS)} ms`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

function carrierOf(lane: SharedLane, close: () => Promise<void>): Carrier {
  return {
    get width() {
      return lane.slots
    },
    fit(bytes) {
      lane.prepare(bytes)
    },
    hand: (parcel) => lane.hand(parcel),
    stream(parcels, total) {
      const under: { at: number; expected: number }[] = []
      const take = (): void => {
        const first = under.shift()
        if (first !== undefined) mustBe(lane.receipt(first.at), first.expected)
      }
      for (let i = 0; i < total; i++) {
        if (under.length === lane.slots) take()
        const parcel = parcels[i % parcels.length] as Parcel
        const expected = parcel.stamp(parcel.sequence + parcels.length, "lines")
        under.push({ at: lane.push(parcel), expected })
      }
      while (under.length > 0) take()
    },
    cpu: () => Promise.resolve({ here: threadCpuNs(), there: lane.ask("cpu") }),
    copied: () => Promise.resolve({ here: copiedHere(), there: lane.ask("copied") }),
    close,
  }
}
