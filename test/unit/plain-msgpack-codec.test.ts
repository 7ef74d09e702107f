import { describe, expect, it } from "vitest"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { PlainMsgpackCodec } from "../../runtime/wire/plain-msgpack-codec.js"
import { type Extension, readPlainMsgpack } from "../support/plain-msgpack.js"

const exact = new MsgpackCodec()
const plain = new PlainMsgpackCodec(exact)
const seen = (value: unknown): unknown => readPlainMsgpack(plain.encode(value))

describe("msgpack for clients that know nothing of us", () => {
  it.each([
    [null, null],
    [undefined, null],
    [
      [undefined, -0, NaN, Infinity, 1.5, -3, 2 ** 40],
      [null, 0, NaN, Infinity, 1.5, -3, 2 ** 40],
    ],
    [5n, 5],
    [
      [2n ** 53n + 1n, -(2n ** 63n), 2n ** 64n - 1n],
      [2n ** 53n + 1n, -(2n ** 63n), 2n ** 64n - 1n],
    ],
    [new Date(1_700_000_000_123), new Date(1_700_000_000_123)],
    [new Date(NaN), null],
    [{ a: { b: "zwei 🙂" } }, new Map([["a", new Map([["b", "zwei 🙂"]])]])],
    [new Map([["a", 1n]]), new Map([["a", 1]])],
    [new Map<unknown, unknown>([[1, new Set([2])]]), [[1, [2]]]],
    [new Set(["x", new Map()]), ["x", new Map()]],
    [new Uint8Array([1, 2]), Buffer.from([1, 2])],
    [new Uint8Array([1, 2]).buffer, Buffer.from([1, 2])],
    [Buffer.from("hi"), Buffer.from("hi")],
    [new Float32Array([0.5, 2]), [0.5, 2]],
    [new BigInt64Array([5n, -(2n ** 60n)]), [5, -(2n ** 60n)]],
    [/a/g, "/a/g"],
    ["\ud800", "�"],
    [new URL("http://a.b/c"), "http://a.b/c"],
    [
      Object.assign(new TypeError("no", { cause: new Error("why") }), { code: "E", data: { n: 1n } }),
      new Map<string, unknown>([
        ["name", "TypeError"],
        ["message", "no"],
        ["code", "E"],
        ["data", new Map([["n", 1]])],
        ["cause", new Map([["name", "Error"], ["message", "why"]])], // prettier-ignore
      ]),
    ],
  ] as readonly (readonly [unknown, unknown])[])("of %o is %o", (value, likeness) => {
    expect(seen(value)).toEqual(likeness)
    expect(seen([value, { value }])).toEqual([likeness, new Map([["value", likeness]])])
  })

  it("uses extension 84 for a bigint of more than 64 bits alone, which has no likeness", () => {
    const big = 2n ** 70n
    // The extension's one byte is not used; what it stands for follows as the next value.
    const bytes = plain.encode(big)
    expect(readPlainMsgpack(bytes.subarray(0, 3))).toEqual({ type: 84, bytes: Buffer.from([0]) } satisfies Extension)
    expect(readPlainMsgpack(bytes.subarray(3))).toEqual([5, big.toString(16)])
    expect(exact.decode(bytes)).toBe(big)
  })

  it("refuses what no client could read, with its path", () => {
    expect(() => plain.encode({ a: [() => 1] })).toThrow("a[0]: a function")
  })
})

describe("msgpack between hosts", () => {
  it("M8 uses msgpack's own integers for bigints that are no safe numbers, which come back as bigints", () => {
    for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)]) {
      expect(readPlainMsgpack(exact.encode(value))).toBe(value)
      expect(exact.decode(exact.encode(value))).toBe(value)
    }
    for (const value of [0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 64n, -(2n ** 63n) - 1n])
      expect(exact.decode(exact.encode(value))).toBe(value)
  })
})
