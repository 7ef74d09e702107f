// What an outbox makes of envelopes: frames in order, of whatever sizes, that nothing writes over.

import { describe, expect, it } from "vitest"
import { hostId } from "../../runtime/ids.js"
import { FIRST, Outbox } from "../../runtime/transport/outbox.js"
import { type Cargo, readFrame } from "../../runtime/wire/frame.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { eventually } from "../support/eventually.js"

const codec = new MsgpackCodec()
const SIZES = [
  1,
  40_000,
  2,
  30_001,
  3,
  100,
  300_000,
  5000,
  70,
  40_000,
  40_000,
  40_000,
  20_000,
  ...Array.from({ length: 200 }, () => 2000),
]

/** A string, which takes more room while it is packed, or bytes. */
function payload(index: number, size: number): unknown {
  return index % 2 === 0 ? "x".repeat(size) : Buffer.alloc(size, "x")
}

function framesOf(sizes: readonly number[], to: string): { frame: Uint8Array; cargo: Cargo }[] {
  const frames: { frame: Uint8Array; cargo: Cargo }[] = []
  const outbox = new Outbox({
    from: hostId("x1"),
    to: hostId(to),
    batch: () => "callback",
    leave: (frame, cargo) => {
      // What is told of a frame may be encoded at once, and must not reach what is being added.
      codec.pack("noise ".repeat(50))
      frames.push({ frame, cargo })
    },
  })
  for (const [index, size] of sizes.entries()) outbox.add(codec.pack([index, payload(index, size)], outbox.head), index + 1)
  outbox.flush()
  return frames
}

describe.each([
  ["of usual names", "x1-t1"],
  ["whose head finds no room before a large envelope", "y".repeat(200)],
])("frames %s", (_, to) => {
  it("hold all envelopes in order, whatever their sizes", () => {
    const read = framesOf(SIZES, to).flatMap(({ frame }) => codec.decode(readFrame(frame).body) as [number, unknown][])
    expect(read.map(([index]) => index)).toEqual(SIZES.map((_size, index) => index))
    expect(read.every(([index, text]) => String(text) === "x".repeat(SIZES[index] ?? 0))).toBe(true)
  })

  it("begin where a word of their memory begins, for shared memory takes words seven times as fast as bytes", () => {
    const frames = framesOf(SIZES, to)
    expect(frames.length).toBeGreaterThan(5)
    expect(frames.map(({ frame }) => frame.byteOffset % 8)).toEqual(frames.map(() => 0))
  })

  it("say which asks are in them", () => {
    for (const { frame, cargo } of framesOf(SIZES, to)) {
      const head = readFrame(frame)
      const asks = (codec.decode(head.body) as [number, string][]).map(([index]) => index + 1)
      expect([head.last, head.span, head.to]).toEqual([asks.at(-1), asks.length, to])
      expect([cargo.last, cargo.span]).toEqual([head.last, head.span])
    }
  })
})

describe("where frames leave with their callback", () => {
  function outboxOf(batch: "turn" | "callback"): { outbox: Outbox; left: number[] } {
    const left: number[] = []
    const outbox = new Outbox({
      from: hostId("x1"),
      to: hostId("x1-t1"),
      batch: () => batch,
      leave: (frame) => left.push((codec.decode(readFrame(frame).body) as unknown[]).length),
    })
    return { outbox, left }
  }

  it("the first ask that is owed leaves at once, behind what was posted before, and what follows with the callback", async () => {
    const { outbox, left } = outboxOf("callback")
    outbox.add(codec.pack(1))
    outbox.add(codec.pack(2), 1, FIRST)
    expect(left).toEqual([2])
    outbox.add(codec.pack(3), 2)
    outbox.add(codec.pack(4), 3)
    expect(left).toEqual([2])
    await eventually(() => left.length === 2)
    expect(left).toEqual([2, 2])
  })

  it("it leaves with the others where a frame costs much", async () => {
    const { outbox, left } = outboxOf("turn")
    outbox.add(codec.pack(1), 1, FIRST)
    outbox.add(codec.pack(2), 2)
    expect(left).toEqual([])
    await eventually(() => left.length === 1)
    expect(left).toEqual([2])
  })

  it("what is posted where nothing else runs leaves right behind it, also when that throws", async () => {
    const { outbox, left } = outboxOf("callback")
    Outbox.sendBehind(() => {
      outbox.add(codec.pack(1))
      outbox.add(codec.pack(2))
      expect(left).toEqual([])
    })
    expect(left).toEqual([2])
    expect(() =>
      Outbox.sendBehind(() => {
        outbox.add(codec.pack(3))
        throw new Error("broken")
      }),
    ).toThrow("broken")
    expect(left).toEqual([2, 1])
    outbox.add(codec.pack(4))
    expect(left).toEqual([2, 1])
    await eventually(() => left.length === 3)
  })
})

describe("where a frame costs much", () => {
  it("what a callback posts leaves with it, and what later ones of the same turn post at the turn's end", async () => {
    const left: number[] = []
    const outbox = new Outbox({
      from: hostId("x1"),
      to: hostId("x1-t1"),
      batch: () => "turn",
      leave: (frame) => left.push((codec.decode(readFrame(frame).body) as unknown[]).length),
    })
    const seen: number[][] = []
    const callbacks = [1, 2, 3].map((content) => () => {
      seen.push([...left])
      outbox.add(codec.pack(content))
      // What the promises of a callback post still belongs to it.
      void Promise.resolve().then(() => outbox.add(codec.pack(0)))
    })
    for (const callback of callbacks) setImmediate(callback)
    await eventually(() => left.length === 2)
    expect(seen).toEqual([[], [2], [2]])
    expect(left).toEqual([2, 4])
  })
})
