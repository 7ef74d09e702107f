import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { codeOf, UndecodableError } from "../../runtime/errors.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"

const codec = new MsgpackCodec()

const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 90 }),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.constantFrom(null, undefined, true, false, -0),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.float64Array(),
    fc.bigInt64Array(),
    fc.array(tie("value")),
    fc.dictionary(
      fc.string({ unit: "binary" }).filter((key) => key !== "__proto__"),
      tie("value"),
      { noNullPrototype: true },
    ),
    fc.array(fc.tuple(tie("value"), tie("value"))).map((entries) => new Map(entries)),
    fc.array(tie("value")).map((items) => new Set(items)),
  ),
})).value

describe("any value and any bytes", () => {
  it("M8 carries every value there and back", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = codec.encode(value)
        expect(codec.decode(bytes)).toStrictEqual(value)
        expect(codec.decodeTrusted(bytes)).toStrictEqual(value)
      }),
      { numRuns: 2000 },
    )
  })

  /** Decoding ends in a value or in a typed error, whichever way it goes. */
  function decodes(bytes: Uint8Array): void {
    for (const decode of [codec.decode.bind(codec), codec.decodeTrusted.bind(codec)]) {
      try {
        decode(bytes)
      } catch (error) {
        if (codeOf(error) !== "ERR_UNDECODABLE") throw error
      }
    }
  }

  it("M8 survives random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), decodes), { numRuns: 10_000 })
  })

  const token = fc.oneof(
    fc.integer({ min: 0x80, max: 0xdf }),
    fc.constantFrom(0x54, 0x72, 0x74, 0x62, 0x69, 0x70, 0x73, 0x65, 0x78, 0xff, 0, 1, 0x92),
  )
  it("M8 survives bytes that look like msgpack", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        decodes(Uint8Array.from(tokens))
      }),
      { numRuns: 10_000 },
    )
  })

  it("M8 survives messages with bytes changed, cut off or added, and never takes a part for the whole", () => {
    const mutation = fc.record({
      value: anyValue,
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      how: fc.constantFrom("change", "cut", "add"),
    })
    fc.assert(
      fc.property(mutation, ({ value, at, byte, how }) => {
        const bytes = Buffer.from(codec.encode(value))
        if (how === "change") {
          bytes[at % bytes.length] = byte
          decodes(bytes)
        } else {
          const other = how === "add" ? Buffer.concat([bytes, Buffer.from([byte])]) : bytes.subarray(0, at % bytes.length)
          expect(() => codec.decode(other)).toThrow(UndecodableError)
          decodes(other)
        }
      }),
      { numRuns: 4000 },
    )
  })
})
