// The rings between two threads, one of which is killed at any step and at any moment. The survivor sees whole messages only, in
// order, and never hangs. `TROUPE_TEST_KILLS=5000` makes it that many kills of each sort.

import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { headInMark, makeRings, RingTransport } from "../../runtime/transport/ring-transport.js"
import { takeLarge } from "../../runtime/wire/large-memory.js"
import { closeRing, RingReader, ROOM_BELL } from "../../runtime/transport/ring.js"
import { ring } from "../../runtime/transport/doorbell.js"
import type { RingLeaverData, RingLeft } from "../fixtures/ring-leaver.js"
import type { RingPeerData } from "../fixtures/ring-peer.js"
import { Chance } from "../support/chance.js"
import { eventually } from "../support/eventually.js"
import { frameOf, readFrameOf } from "../support/ring-frames.js"

const LEAVER = new URL("../fixtures/ring-leaver.js", import.meta.url)
const PEER = new URL("../fixtures/ring-peer.js", import.meta.url)
const chance = Chance.fromEnvironment()
const KILLS = Number(process.env["TROUPE_TEST_KILLS"] ?? 60)
const SECONDS_EACH = 0.5
const TIMEOUT_MS = 60_000 + KILLS * SECONDS_EACH * 1000
const FRAMES = 60
/** Fewer unacknowledged than a ring of 1 KiB holds; and more, so that frames wait for room. */
const WITHIN = 6
const BEYOND = 40

/** What became of the survivor. */
interface Outcome {
  /** Frames that came, each whole and the next. */
  readonly came: number
  readonly wrong: number
  readonly broken: unknown
  /** Frames that the peer had sent when it ended. */
  readonly sent: number
  readonly steps: number
  readonly peerSaw: number
}

/** Runs a peer until it ends by itself, or `end` has it terminated. */
async function run(
  how: { ahead: number; stopBefore?: number },
  end: (worker: Worker, marks: Int32Array) => Promise<unknown>,
): Promise<Outcome> {
  const { ours, theirs } = makeRings(1024)
  const marks = new Int32Array(new SharedArrayBuffer(20))
  const data: RingPeerData = { ends: theirs, frames: FRAMES, ahead: how.ahead, stopBefore: how.stopBefore ?? 0, marks }
  const worker = new Worker(PEER, { workerData: data, transferList: [theirs.parcels] })
  const exited = once(worker, "exit")
  let [came, wrong, posted] = [0, 0, 0]
  let broken: unknown
  const transport = new RingTransport({
    ends: ours,
    receive: (bytes) => {
      if (readFrameOf(bytes)?.number === came) came++
      else wrong++
      transport.send("", frameOf(posted++, came))
    },
    broken: (error) => (broken = error),
  })
  await Promise.race([end(worker, marks), exited])
  marks[4] = 1
  await worker.terminate()
  await exited
  await transport.finish()
  expect(transport.send("", frameOf(posted, came))).toBe(false)
  return { came, wrong, broken, sent: marks[0] ?? 0, steps: marks[2] ?? 0, peerSaw: marks[3] ?? 0 }
}

/** Both ends in one thread, and the numbers of the frames that came at the right one. */
function pair(heldBytes: number): { left: RingTransport; right: RingTransport; came: (number | undefined)[] } {
  const { ours, theirs } = makeRings(1024)
  const came: (number | undefined)[] = []
  const broken = (error: unknown): never => {
    throw error
  }
  const left = new RingTransport({ ends: ours, receive: () => undefined, broken, heldBytes })
  const right = new RingTransport({ ends: theirs, receive: (bytes) => came.push(readFrameOf(bytes)?.number), broken })
  return { left, right, came }
}

const toItsEnd = (worker: Worker): Promise<unknown> => once(worker, "exit")

describe("a ring transport", () => {
  it.each([WITHIN, BEYOND])("carries frames of all sizes both ways, in order, %i unacknowledged at most", async (ahead) => {
    const outcome = await run({ ahead }, toItsEnd)
    expect(outcome).toMatchObject({ came: FRAMES, wrong: 0, broken: undefined, sent: FRAMES, peerSaw: 0 })
  })

  it("brings what a thread has sent before it ends, however much waits for room", async () => {
    const outcome = await run({ ahead: FRAMES }, toItsEnd)
    expect(outcome).toMatchObject({ came: FRAMES, wrong: 0, broken: undefined, peerSaw: 0 })
  })

  it("M6 refuses what is beyond its bound, and brings in order what it took", async () => {
    const { left, right, came } = pair(64 * 1024)
    let taken = 0
    while (left.send("", frameOf(taken, 0))) taken++
    expect(taken).toBeGreaterThan(50)
    expect(left.send("", frameOf(taken, 0))).toBe(false)
    await eventually(() => came.length === taken)
    for (const end = taken + 100; taken < end;) {
      // One callback sends more than there is room for; the next goes on where it was refused.
      while (taken < end && left.send("", frameOf(taken, 0))) taken++
      await eventually(() => came.length === taken)
    }
    expect(came).toEqual(Array.from({ length: taken }, (_, i) => i))
    left.close()
    right.close()
  })

  it("M6 bounds what is on its way beside the ring", async () => {
    const { left, right, came } = pair(1024)
    const large = (): Uint8Array<ArrayBuffer> => new Uint8Array(4 * 1024 * 1024)
    let taken = 0
    while (left.send("", large())) taken++
    expect(taken).toBeLessThanOrEqual(32 / 4 + 1)
    await eventually(() => came.length === taken)
    expect(left.send("", large())).toBe(true)
    await eventually(() => came.length === taken + 1)
    left.close()
    right.close()
  })

  it("gives the memory of a large frame back once it is read, for the next one", async () => {
    const { left, right, came } = pair(1024)
    const size = 2_000_003
    const frame = new Uint8Array(size).fill(0xa5)
    expect(left.send("", frame)).toBe(true)
    expect(frame.length).toBe(0)
    await eventually(() => came.length === 1)
    await eventually(() => {
      const memory = takeLarge(size)
      return memory.length === size && memory[0] === 0xa5 && memory[size - 1] === 0xa5
    })
    left.close()
    right.close()
  })

  it.each([false, true])(
    "gives memory that was copied into the ring to the next one, unless its sender keeps it: %s",
    (keepsFrames) => {
      const { ours, theirs } = makeRings()
      const broken = (): void => undefined
      const transport = new RingTransport({ ends: ours, receive: () => undefined, broken, keepsFrames })
      const frame = takeLarge(100_003)
      expect(transport.send("", frame)).toBe(true)
      expect(takeLarge(100_003).buffer === frame.buffer).toBe(!keepsFrames)
      transport.close()
      theirs.parcels.close()
    },
  )

  it("runs nothing while nothing comes", async () => {
    const { left, right, came } = pair(1024)
    left.send("", frameOf(0, 0))
    await eventually(() => came.length === 1)
    await eventually(() => !process.getActiveResourcesInfo().includes("Immediate"))
    left.send("", frameOf(1, 0))
    await eventually(() => came.length === 2)
    left.close()
    right.close()
  })

  it("reads nothing more once what it reads makes no sense, and says so once", async () => {
    const { ours, theirs } = makeRings(1024)
    const told: unknown[] = []
    const transport = new RingTransport({ ends: ours, receive: () => undefined, broken: (error) => told.push(error) })
    const words = new Int32Array(ours.inbound)
    words[64] = 5
    words[65] = 1
    Atomics.store(words, 0, 16)
    Atomics.store(words, 32, 0)
    Atomics.notify(words, 32)
    await eventually(() => told.length === 1)
    expect(told).toEqual([expect.objectContaining({ code: "ERR_UNDECODABLE" })])
    expect(transport.send("", frameOf(0, 0))).toBe(false)
    theirs.parcels.close()
  })

  it.each([
    ["within its room", WITHIN],
    ["beyond its room", BEYOND],
  ])(
    "gives whole messages in order when the other side is killed at any step, %s (scenario 16)",
    { timeout: TIMEOUT_MS },
    async (_, ahead) => {
      const { steps } = await run({ ahead }, toItsEnd)
      const stride = Math.max(1, Math.floor((2 * steps) / KILLS))
      for (let at = 1; at <= steps; at += stride) {
        const stopBefore = at + chance.between(0, stride - 1)
        const outcome = await run({ ahead, stopBefore }, (_worker, marks) =>
          eventually(() => Atomics.load(marks, 1) === 1, { everyMs: 1, timeoutMs: 20_000 }),
        )
        const label = `before step ${String(stopBefore)} of some ${String(steps)}`
        expect(outcome, label).toMatchObject({ wrong: 0, broken: undefined, peerSaw: 0 })
        if (ahead === WITHIN) expect(outcome.came, label).toBeGreaterThanOrEqual(outcome.sent)
      }
    },
  )

  it("gives whole messages in order when the other side is killed at any moment", { timeout: TIMEOUT_MS }, async () => {
    for (let i = 0; i < KILLS; i++) {
      const after = chance.between(0, FRAMES)
      const outcome = await run({ ahead: i % 2 === 0 ? WITHIN : BEYOND }, (_worker, marks) =>
        eventually(() => Atomics.load(marks, 0) >= after, { everyMs: 0, timeoutMs: 20_000 }),
      )
      expect(outcome).toMatchObject({ wrong: 0, broken: undefined, peerSaw: 0 })
    }
  })

  it(
    "X5 has each frame once, in order, in the ring or on its detour, when the ring is closed at any moment",
    { timeout: TIMEOUT_MS },
    async () => {
      for (let i = 0; i < KILLS / 6; i++) {
        const { ours, theirs } = makeRings(1024)
        const marks = new Int32Array(new SharedArrayBuffer(4))
        const data: RingLeaverData = { ends: theirs, frames: FRAMES, marks }
        const worker = new Worker(LEAVER, { workerData: data, transferList: [theirs.parcels] })
        const left = once(worker, "message") as Promise<[RingLeft]>
        const came: number[] = []
        const transport = new RingTransport({
          ends: ours,
          receive: (bytes) => came.push(readFrameOf(bytes)?.number ?? -1),
          detour: { send: () => undefined, lost: () => undefined, headOf: (frame) => frame },
          broken: (error) => came.push(Number(error)),
        })
        const until = chance.between(0, FRAMES)
        await eventually(() => Atomics.load(marks, 0) >= until, { everyMs: 0, timeoutMs: 20_000 })
        for (let spin = chance.between(0, 2000); spin > 0; spin--) Atomics.load(marks, 0)
        // As for a reader that is gone: whoever closes the ring reads what is left.
        closeRing(ours.inbound)
        ring(new Int32Array(ours.inbound), ROOM_BELL)
        const reader = new RingReader(ours.inbound)
        for (let message = reader.next(); message !== undefined; message = reader.next()) {
          const bytes = headInMark(message) ?? message
          came.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
        }
        transport.close()
        const [{ detoured, lost }] = await left
        const all = [...came, ...lost, ...detoured]
        expect(all, `closed after ${String(until)}`).toEqual(Array.from({ length: FRAMES }, (_, number) => 0x01000000 + number))
        await worker.terminate()
      }
    },
  )
})
