// The ring between two threads, by itself: random sizes, wrap-around, full, empty, and every interleaving of the two sides' calls.

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { closeRing, makeRing, RingReader, RingWriter } from "../../runtime/transport/ring.js"

const HEADER_WORDS = 64

function bytesOf(seed: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 0xff)
}

describe("a ring", () => {
  it("gives what was written, whole and in order, whatever the sizes and whoever comes first", () => {
    const operation = fc.oneof(
      { weight: 5, arbitrary: fc.nat(72).map((size) => ({ type: "write" as const, size })) },
      { weight: 4, arbitrary: fc.constant({ type: "read" as const }) },
      { weight: 3, arbitrary: fc.constant({ type: "free" as const }) },
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), fc.integer(), (operations, start) => {
        const memory = makeRing(256)
        beginAt(memory, start)
        const writer = new RingWriter(memory)
        const reader = new RingReader(memory)
        expect(writer.largest).toBe(56)
        const expected: Uint8Array[] = []
        /** Read and not yet freed: nobody may write over these. */
        let held: { window: Uint8Array; was: Uint8Array }[] = []
        let seed = 0
        for (const one of operations) {
          if (one.type === "write") {
            const message = bytesOf(seed++, Math.min(one.size, writer.largest))
            const fits = writer.hasRoomFor(message.length)
            expect(writer.write(message)).toBe(fits)
            if (fits) expected.push(message)
            else expect(expected.length + held.length).toBeGreaterThan(0)
          } else if (one.type === "read") {
            const message = reader.next()
            expect(message?.slice()).toEqual(expected.shift())
            if (message !== undefined) held.push({ window: message, was: message.slice() })
          } else {
            reader.free()
            held = []
          }
          for (const { window, was } of held) expect(window.slice()).toEqual(was)
          expect(reader.isEmpty).toBe(expected.length === 0)
        }
        for (const message of expected) expect(reader.next()?.slice()).toEqual(message)
        reader.free()
        expect(reader.next()).toBeUndefined()
        expect(reader.isHalfFree).toBe(true)
        expect(writer.hasRoomFor(writer.largest)).toBe(true)
      }),
    )
  })

  it("takes nothing more once it is closed, and gives all that was written to who reads on, from wherever that is", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 12 }), fc.nat(12), fc.integer(), (sizes, read, start) => {
        const memory = makeRing(256)
        beginAt(memory, start)
        const writer = new RingWriter(memory)
        const first = new RingReader(memory)
        const written = sizes.map((size, i) => bytesOf(i, size)).filter((message) => writer.write(message))
        const taken = Math.min(read, written.length)
        for (let i = 0; i < taken; i++) first.next()
        closeRing(memory)
        expect(writer.isClosed).toBe(true)
        expect(writer.write(bytesOf(0, 1))).toBe(false)
        for (const from of [undefined, first.position]) {
          const second = new RingReader(memory, from)
          const left = written.slice(from === undefined ? 0 : taken)
          for (const message of left) expect(second.next()?.slice()).toEqual(message)
          expect(second.next()).toBeUndefined()
        }
      }),
    )
  })

  it("has room for a message of the largest size once half of it is free", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(56), { maxLength: 60 }), (sizes) => {
        const memory = makeRing(256)
        const writer = new RingWriter(memory)
        const reader = new RingReader(memory)
        for (const size of sizes) {
          while (!writer.write(new Uint8Array(size))) {
            reader.next()
            reader.free()
          }
          while (!reader.isHalfFree) {
            reader.next()
            reader.free()
          }
          expect(writer.hasRoomFor(writer.largest)).toBe(true)
        }
      }),
    )
  })

  it("says which positions the reader has passed", () => {
    const memory = makeRing(256)
    beginAt(memory, -64)
    const writer = new RingWriter(memory)
    const reader = new RingReader(memory)
    writer.write(new Uint8Array(40))
    const first = writer.position
    writer.write(new Uint8Array(40))
    expect(writer.hasPassed(first)).toBe(false)
    reader.next()
    expect(writer.hasPassed(first)).toBe(false)
    reader.free()
    expect(writer.hasPassed(first)).toBe(true)
    expect(writer.hasPassed(writer.position)).toBe(false)
  })

  it("refuses a message that is larger than a quarter of it", () => {
    const writer = new RingWriter(makeRing(1024))
    expect(writer.write(new Uint8Array(writer.largest))).toBe(true)
    expect(() => writer.write(new Uint8Array(writer.largest + 1))).toThrow(
      expect.objectContaining({ code: "ERR_TOO_LARGE", data: { size: 249, limit: 248 } }),
    )
  })

  it.each([0, 100, 128, 1000, 2 ** 31, Number.NaN])("refuses a size of %s bytes", (bytes) => {
    expect(() => makeRing(bytes)).toThrow(expect.objectContaining({ code: "ERR_BAD_OPTION" }))
  })

  it("shows nothing of a message whose writer was ended before its last step", () => {
    const memory = makeRing(256)
    const writer = new RingWriter(memory)
    const reader = new RingReader(memory)
    writer.write(bytesOf(1, 24))
    const before = new Uint8Array(memory).slice(0, HEADER_WORDS)
    writer.write(bytesOf(2, 24))
    new Uint8Array(memory).set(before) // all but the store that publishes it
    expect(reader.next()?.slice()).toEqual(bytesOf(1, 24))
    expect(reader.next()).toBeUndefined()
  })

  it.each([
    ["a size that is negative", 0, -2],
    ["a size beyond what is written", 0, 48],
    ["a size above the largest", 0, 60],
    ["a filler with nothing behind it", 0, -1],
    ["a number that is not the next", 1, 7],
  ])("refuses a record with %s", (_, word, value) => {
    const memory = makeRing(256)
    const reader = new RingReader(memory)
    new RingWriter(memory).write(new Uint8Array(16))
    new Int32Array(memory, 4 * HEADER_WORDS)[word] = value
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: "ERR_UNDECODABLE" }))
  })
})

/** Has both sides begin at a position: the counts wrap at 2^32. */
function beginAt(memory: SharedArrayBuffer, position: number): void {
  const words = new Int32Array(memory)
  words[0] = words[16] = position & ~7
}
