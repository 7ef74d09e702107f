// The quick way of small plain messages to bytes and back is the codec's way, sooner: what it gives is what the codec gives.

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Envelope, fromWire, toWire } from "../../runtime/wire/envelope.js"
import { makeFrame, readFrame } from "../../runtime/wire/frame.js"
import { hostId } from "../../runtime/ids.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { unpackQuick } from "../../runtime/wire/quick-reader.js"
import { packQuick } from "../../runtime/wire/quick-writer.js"

const codec = new MsgpackCodec()

const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.string({ maxLength: 200 }),
    fc.string({ unit: "binary", maxLength: 5 }),
    fc.double(),
    fc.integer(),
    fc.integer({ min: -40, max: 300 }),
    fc.maxSafeInteger(),
    fc.constantFrom(null, undefined, true, false, -0, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31), 10n),
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("value"),
      { noNullPrototype: true, maxKeys: 18 },
    ),
  ),
})).value

const anyNumber = fc.oneof(fc.nat(), fc.constantFrom(-1, 0, 2 ** 40, 1.8e12 + 0.25))
const anyName = fc.string({ minLength: 1, maxLength: 64 })
const anyEnvelope: fc.Arbitrary<Envelope> = fc
  .oneof(
    fc.record({ type: fc.constant("tell" as const), to: anyNumber, handler: anyName, deadline: anyNumber, input: anyValue }),
    fc.record({
      type: fc.constant("ask" as const),
      to: anyNumber,
      id: anyNumber,
      handler: anyName,
      deadline: anyNumber,
      input: anyValue,
    }),
    fc.record({ type: fc.constant("answered" as const), id: anyNumber, value: anyValue }),
    fc.record({ type: fc.constant("cancel" as const), id: anyNumber }),
  )
  .map((envelope) => ({ ...envelope }))

function quickly(envelope: Envelope): Uint8Array | undefined {
  const packed = packQuick(envelope)
  return packed === undefined ? undefined : packed.memory.slice(packed.start, packed.end)
}

function batchOf(envelopes: readonly Uint8Array[]): Uint8Array {
  return readFrame(makeFrame({ from: hostId("x1"), to: hostId("x2") }, envelopes)).body
}

function byTheCodec(batch: Uint8Array): readonly Envelope[] | "malformed" {
  try {
    return (codec.decode(batch) as unknown[]).map(fromWire)
  } catch {
    return "malformed"
  }
}

describe("the quick way of an envelope", () => {
  it("writes what the codec reads as what was sent", () => {
    let written = 0
    fc.assert(
      fc.property(anyEnvelope, (envelope) => {
        const bytes = quickly(envelope)
        if (bytes === undefined) return
        written++
        expect(fromWire(codec.decode(bytes))).toStrictEqual(envelope)
      }),
      { numRuns: 3000 },
    )
    expect(written).toBeGreaterThan(500)
  })

  it("reads what the codec writes, and what it writes itself, as what was sent", () => {
    let read = 0
    fc.assert(
      fc.property(fc.array(anyEnvelope, { maxLength: 4 }), fc.boolean(), (envelopes, isQuick) => {
        const batch = batchOf(envelopes.map((each) => (isQuick ? quickly(each) : undefined) ?? codec.encode(toWire(each))))
        const quick = unpackQuick(batch)
        if (quick === undefined) return
        read++
        expect(quick).toStrictEqual(envelopes)
      }),
      { numRuns: 3000 },
    )
    expect(read).toBeGreaterThan(500)
  })

  it("gives of bytes that were changed what the codec gives, or leaves them to it", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(anyEnvelope, { minLength: 1, maxLength: 2 }), changes, fc.nat(3), (envelopes, changed, cut) => {
        const sound = batchOf(envelopes.map((each) => codec.encode(toWire(each))))
        const batch = sound.slice(0, sound.length - cut)
        for (const [at, byte] of changed) batch[at % batch.length] = byte
        const quick = unpackQuick(batch)
        if (quick !== undefined) expect(quick).toStrictEqual(byTheCodec(batch))
      }),
      { numRuns: 5000 },
    )
  })

  it("takes the messages that most are", () => {
    const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)
    const input = {
      by: 1,
      name: "a",
      list: [1, 2.5, -3],
      nested: { yes: true, nothing: null },
      views: [0, 1, 254, 255, 1024, 2000].map(bytesOf),
    }
    const ask: Envelope = { type: "ask", to: 0, id: 70_000, handler: "increment", deadline: 1.8e12 + 0.5, input }
    const bytes = quickly(ask)
    expect(bytes).toBeDefined()
    expect(unpackQuick(batchOf([bytes ?? new Uint8Array()]))).toStrictEqual([ask])
  })

  it("leaves to the codec what arrives in another form than it has, and what is refused", () => {
    class Point {
      x = 1
    }
    const polluted = JSON.parse('{"__proto__": 1}') as unknown
    const odd: readonly unknown[] = [
      -0,
      NaN,
      Infinity,
      1n,
      "ä",
      "x".repeat(1000),
      new Map(),
      new Point(),
      Object.create(null),
      Symbol(),
      () => 1,
      polluted,
    ]
    for (const value of odd) {
      expect(quickly({ type: "answered", id: 1, value })).toBeUndefined()
      expect(quickly({ type: "answered", id: 1, value: [{ value }] })).toBeUndefined()
    }
  })

  it("is not confused by a message that sends another while it is read", () => {
    const inner: (Uint8Array | undefined)[] = []
    const value = {
      first: 1,
      get second() {
        inner.push(quickly({ type: "cancel", id: 5 }))
        return 2
      },
      third: 3,
    }
    const bytes = quickly({ type: "answered", id: 7, value })
    expect(inner).toEqual([undefined])
    expect(fromWire(codec.decode(bytes ?? new Uint8Array()))).toEqual({
      type: "answered",
      id: 7,
      value: { first: 1, second: 2, third: 3 },
    })
  })
})
