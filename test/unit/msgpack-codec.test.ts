import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { TooLargeError, UnencodableError } from "../../runtime/errors.js"
import { MsgpackCodec, PACKED_ROOM } from "../../runtime/wire/msgpack-codec.js"

const codec = new MsgpackCodec()
const roundTrip = (value: unknown): unknown => codec.decode(codec.encode(value))

function refusalOf(value: unknown, by = codec): string {
  try {
    by.encode(value)
  } catch (error) {
    expect(error).toBeInstanceOf(UnencodableError)
    return (error as Error).message
  }
  throw new Error("it was encoded")
}

const TYPED_ARRAYS = [
  new Int8Array([-1, 2]),
  new Uint8Array([1, 2, 255]),
  new Uint8ClampedArray([0, 255]),
  new Int16Array([-300, 300]),
  new Uint16Array([65535]),
  new Int32Array([-70_000, 7]),
  new Uint32Array([4_000_000_000]),
  new Float32Array([1.5, NaN]),
  new Float64Array([Math.PI, -0, Infinity]),
  new BigInt64Array([-5n, 2n ** 62n]),
  new BigUint64Array([2n ** 64n - 1n]),
]

describe("what msgpack carries", () => {
  it.each([
    ["", "an empty string"],
    ["👩‍🚀 Grüße 漢字", "emoji and other scripts"],
    ["\ud800 alone", "a lone high surrogate"],
    [`${"long ".repeat(50)}\udc00`, "a lone low surrogate in a long string"],
    [0, "zero"],
    [-0, "minus zero"],
    [NaN, "NaN"],
    [Infinity, "infinity"],
    [-Infinity, "minus infinity"],
    [Number.MAX_SAFE_INTEGER, "the largest safe integer"],
    [Number.MIN_VALUE, "the smallest number"],
    [0n, "a bigint zero"],
    [-1n, "a small negative bigint"],
    [2n ** 63n, "a bigint beyond 64 signed bits"],
    [-(2n ** 64n), "a bigint beyond 64 bits"],
    [3n ** 2000n, "a bigint of 3,170 bits"],
    [-(3n ** 50_000n), "a bigint of 79,000 bits"],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    [{ a: undefined, b: [undefined, null] }, "undefined inside"],
    [[-0, [NaN, { z: -0 }]], "odd numbers inside"],
    [[], "an empty array"],
    [{}, "an empty object"],
    [new Date(0), "the epoch"],
    [new Date(8.64e15), "the last date"],
    [new Date(-8.64e15), "the first date"],
    [new Date(-1), "a millisecond before the epoch"],
    [/a\/b[^c]+$/giu, "a regular expression"],
    [
      new Map<unknown, unknown>([
        ["a", 1],
        [{ k: 1 }, new Map()],
        [NaN, undefined],
      ]),
      "a Map with keys of every kind",
    ],
    [new Set<unknown>([1, "1", new Set([{}])]), "a Set in a Set"],
    [Buffer.alloc(0), "a buffer of 0 bytes"],
    [Buffer.from([0, 1, 255]), "a Buffer"],
    [new Uint8Array(0), "a Uint8Array of 0 bytes"],
    [new ArrayBuffer(0), "an ArrayBuffer of 0 bytes"],
    [new Uint8Array([7, 8]).buffer, "an ArrayBuffer"],
    [new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2), "a DataView of a part"],
    [
      { "": 1, "a.b": 2, ключ: 3, constructor: 4, prototype: { x: 5 }, toString: 6, hasOwnProperty: 7, toJSON: 8, then: 9 },
      "odd keys",
    ],
  ] as readonly (readonly [unknown, string])[])("M8 carries %o (%s)", (value) => {
    const arrived = roundTrip(value)
    expect(arrived).toStrictEqual(value)
    expect(Object.is(typeof arrived, typeof value)).toBe(true)
    expect(roundTrip({ in: [value] })).toStrictEqual({ in: [value] })
  })

  it.each(TYPED_ARRAYS.map((array) => [array.constructor.name, array] as const))(
    "M8 carries a %s, aligned or not",
    (_name, array) => {
      for (const before of ["", "x", "xy", "xyz"]) expect(roundTrip([before, array])).toStrictEqual([before, array])
      expect(roundTrip(array.subarray(1))).toStrictEqual(array.slice(1))
    },
  )

  it("M8 carries an invalid Date as one", () => {
    expect((roundTrip({ at: new Date(NaN) }) as { at: Date }).at.getTime()).toBeNaN()
  })

  it("M8 carries an object of more than 65,535 keys and an array of as many items", () => {
    const wide = Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`key ${String(index)}`, index]))
    expect(roundTrip(wide)).toStrictEqual(wide)
    expect(roundTrip(Object.values(wide))).toStrictEqual(Object.values(wide))
  })

  it("M8 carries an error with its cause, code and data", () => {
    const error = Object.assign(new TypeError("no", { cause: new Error("why", { cause: "x" }) }), {
      code: "E_NO",
      data: { at: new Date(5), n: 1n },
    })
    const arrived = roundTrip([error]) as (typeof error)[]
    expect(arrived[0]).toBeInstanceOf(TypeError)
    expect(arrived[0]).toMatchObject({ name: "TypeError", message: "no", code: "E_NO", data: { at: new Date(5), n: 1n } })
    expect((arrived[0]?.cause as Error).cause).toBe("x")
  })

  it("gives bytes that share no memory with what came in", () => {
    const bytes = codec.encode([Buffer.from("before"), new Uint8Array([1])])
    const arrived = codec.decode(bytes)
    bytes.fill(0)
    expect(arrived).toStrictEqual([Buffer.from("before"), new Uint8Array([1])])
  })

  it("gives a hole as undefined, an object of a class as its fields, an object without prototype as a plain one", () => {
    class Point {
      readonly x = 1
      readonly #secret = 2
      sum(): number {
        return this.x + this.#secret
      }
    }
    // eslint-disable-next-line no-sparse-arrays
    expect(roundTrip([1, , 3])).toStrictEqual([1, undefined, 3])
    expect(roundTrip(new Point())).toStrictEqual({ x: 1 })
    expect(roundTrip(Object.assign(Object.create(null) as object, { a: [1] }))).toStrictEqual({ a: [1] })
  })

  it("carries what stems from another realm", () => {
    const foreign = runInNewContext(
      "({ map: new Map([[1, { a: -0 }]]), at: new Date(5), bytes: new Uint16Array([1, 2]), list: [new Set([1])] })",
    ) as unknown
    expect(roundTrip(foreign)).toStrictEqual({
      map: new Map([[1, { a: -0 }]]),
      at: new Date(5),
      bytes: new Uint16Array([1, 2]),
      list: [new Set([1])],
    })
  })

  it("gives what occurs twice as two equal values", () => {
    const shared = { a: 1 }
    const [left, right] = roundTrip([shared, shared]) as [object, object]
    expect(left).toStrictEqual(right)
    expect(left).not.toBe(right)
  })

  it("never changes the value it encodes", () => {
    const value = Object.freeze({ list: Object.freeze([-0, 1n, Object.freeze(new Map([["a", "\ud800"]]))]) })
    expect(roundTrip(value)).toStrictEqual(value)
  })
})

describe("what msgpack refuses", () => {
  it.each([
    [{ a: { b: [1, 2, 3, { c: () => 1 }] } }, "a.b[3].c: a function cannot be encoded"],
    [() => 1, "the message: a function cannot be encoded"],
    [{ "a key": Symbol("s") }, '["a key"]: a symbol'],
    [[Promise.resolve()], "[0]: a value of type Promise"],
    [{ w: new WeakMap() }, "w: a value of type WeakMap"],
    [{ m: new Map([["k", { f: Math.max }]]) }, 'm.get("k").f: a function'],
    [{ s: new Set([1, Symbol.iterator]) }, "s.values()[1]: a symbol"],
    [{ n: Object(1) as unknown }, "n: a value of type Number"],
    [{ shared: new SharedArrayBuffer(8) }, "shared: a value of type SharedArrayBuffer"],
    [{ p: new Proxy(() => 1, {}) }, "p: a function"],
    [{ p: new Proxy(Promise.resolve(), {}) }, "p: a value of type Promise"],
    [{ [Symbol.iterator]: 1, g: (function* () { yield 1 })() }, "g: a value of type Generator"], // prettier-ignore
    [{ a: JSON.parse('{"__proto__":{"admin":true}}') as unknown }, 'a.__proto__: a key named "__proto__"'],
    [{ "\ud800": 1 }, '["\\ud800"]: a key with a lone surrogate'],
    [new (class { readonly onClick = (): void => undefined })(), "onClick: a function"], // prettier-ignore
  ])("M8 refuses %o with its path", (value, message) => {
    expect(refusalOf(value)).toContain(message)
  })

  it("M8 refuses a cycle with the path to where it closes", () => {
    const node: Record<string, unknown> = { name: "a" }
    node["next"] = { back: [node] }
    expect(refusalOf(node)).toContain("next.back[0]: a reference back to the message itself")
    expect(refusalOf({ deep: { node } })).toContain("deep.node.next.back[0]: a reference back to deep.node")
    const map = new Map<string, unknown>()
    map.set("self", map)
    expect(refusalOf({ map })).toContain('map.get("self"): a reference back to map')
  })

  it("refuses what nests deeper than the limit, and decodes what is just within it, in a batch of envelopes too", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    expect(refusalOf(nested(257))).toContain("nested deeper than 256 levels")
    expect(roundTrip(nested(256))).toStrictEqual(nested(256))
    const batch = Buffer.concat([Buffer.from([0xdd, 0, 0, 0, 1]), codec.encode(nested(256))])
    expect(codec.decode(batch)).toStrictEqual([nested(256)])
  })

  it("refuses what throws when it is read, and what changes while it is read", () => {
    const throwing = { get a(): number { throw new Error("no") } } // prettier-ignore
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    let reads = 0
    const changing = { get a(): unknown { return reads++ === 0 ? 1 : () => 1 } } // prettier-ignore
    for (const value of [throwing, proxy, changing]) expect(refusalOf(value)).toContain("cannot be encoded")
    expect(roundTrip({ still: "works" })).toStrictEqual({ still: "works" })
  })

  it("M8 refuses what is too large with its size, before it is built", () => {
    const small = new MsgpackCodec({ maxBytes: 1000 })
    expect(() => small.encode("x".repeat(5000))).toThrow(TooLargeError)
    expect(() => small.encode(new Float64Array(1000))).toThrow("8000 bytes, and 1000 is the limit")
    expect(() => small.encode(new Array(4_294_967_295))).toThrow(TooLargeError)
    expect(() => small.encode("é".repeat(900))).toThrow(TooLargeError)
    expect(() => small.decode(codec.encode("x".repeat(5000)))).toThrow(TooLargeError)
    expect(() => small.decodeTrusted(codec.encode("x".repeat(5000)))).toThrow(TooLargeError)
  })

  it("ends quickly on a value that shares its parts beyond all measure", () => {
    let value: unknown = [1]
    for (let level = 0; level < 60; level++) value = [value, value]
    expect(refusalOf(value)).toContain("a message of more than 4000000 values")
  })
})

describe("extension types", () => {
  class Money {
    readonly amount: bigint
    constructor(amount: bigint) {
      this.amount = amount
    }
  }
  const extended = new MsgpackCodec({
    extensions: [
      {
        type: 0x10,
        Class: Money,
        pack: (money) => (money as Money).amount,
        unpack: (amount) => {
          if (typeof amount !== "bigint") throw new Error("no amount")
          return new Money(amount)
        },
      },
    ],
  })

  it("carry instances, in errors' data too", () => {
    expect(extended.decode(extended.encode({ price: [new Money(5n)] }))).toStrictEqual({ price: [new Money(5n)] })
    const error = Object.assign(new Error("poor"), { data: { has: new Money(1n) } })
    expect(extended.decode(extended.encode(error))).toMatchObject({ data: { has: new Money(1n) } })
  })

  it("are unknown to another codec, and checked by their own", () => {
    const bytes = extended.encode(new Money(5n))
    expect(() => codec.decode(bytes)).toThrow("the tag 16 is unknown here")
    expect(() => extended.decode(Buffer.from([0xd4, 0x54, 0, 0x92, 0x10, 0xc0]))).toThrow("malformed msgpack: no amount")
  })

  it("may encode and decode within themselves", () => {
    const nesting = new MsgpackCodec({
      extensions: [
        {
          type: 0x11,
          Class: Money,
          pack: (money) => extended.encode([new Map([["m", money]])]),
          unpack: (bytes) => (extended.decode(bytes as Uint8Array) as [Map<string, unknown>])[0].get("m"),
        },
      ],
    })
    const value = { a: [new Money(1n), -0, new Money(2n)], b: new Set(["\ud800"]) }
    expect(nesting.decode(nesting.encode(value))).toStrictEqual(value)
  })

  it("name what an instance could not be packed for", () => {
    const failing = new MsgpackCodec({ extensions: [{ type: 16, Class: Money, pack: () => { throw new Error("shut") }, unpack: () => 1 }] }) // prettier-ignore
    expect(refusalOf({ a: [new Money(1n)] }, failing)).toContain("a[0]: a value of type Object")
    expect(() => new MsgpackCodec({ extensions: [{ type: 3, Class: Money, pack: () => 1, unpack: () => 1 }] })).toThrow(
      "16 to 127",
    )
  })
})

describe("keys that reach for prototypes", () => {
  const map = (key: string, value: number[]): Buffer => Buffer.from([0x81, 0xa0 | key.length, ...Buffer.from(key), ...value])

  it("are plain data or refused, and change nothing", () => {
    const polluting = [
      map("__proto__", [0x81, 0xa5, ...Buffer.from("admin"), 0xc3]),
      Buffer.concat([Buffer.from([0x81, 0xd9, 9]), Buffer.from("__proto__"), Buffer.from([0x80])]),
    ]
    for (const bytes of polluting) {
      expect(() => codec.decode(bytes)).toThrow('a key named "__proto__"')
      const trusted = codec.decodeTrusted(bytes) as object
      expect(Object.getPrototypeOf(trusted)).toBe(Object.prototype)
    }
    for (const key of ["constructor", "prototype", "toString", "valueOf", "hasOwnProperty"]) {
      const arrived = codec.decode(map(key, [0x81, 0xa5, ...Buffer.from("admin"), 0xc3])) as object
      expect(Object.entries(arrived)).toStrictEqual([[key, { admin: true }]])
      expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype)
    }
    expect((codec.decode(Buffer.from([0x93, 0xa9, ...Buffer.from("__proto__"), 1, 2])) as unknown[])[0]).toBe("__proto__")
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe("bytes handed out", () => {
  it("are not written over by later encodings, small and large", () => {
    const kept: { bytes: Uint8Array; value: unknown }[] = []
    for (let n = 0; n < 1000; n++) {
      const value = { n, text: String(n).repeat(n % 100), blob: n % 250 === 0 ? new Uint8Array(40_000).fill(n) : null }
      kept.push({ bytes: codec.encode(value), value })
      codec.pack({ noise: n, blob: n % 200 === 0 ? new Uint8Array(40_000) : null })
    }
    for (const { bytes, value } of kept) expect(codec.decode(bytes)).toStrictEqual(value)
  })

  it("keep no large block of memory alive after a large message", () => {
    codec.encode(new Uint8Array(10_000_000))
    expect(codec.encode(1).buffer.byteLength).toBeLessThan(100_000)
  })

  it("are the same where they were packed, small, large, and larger than they looked", () => {
    const numbers = Array.from({ length: 12_000 }, (_, i) => 1000 * i)
    for (const value of [{ a: [1, -0, "x"] }, Buffer.alloc(40_000, 7), "ä".repeat(50_000), numbers]) {
      const { memory, start, end } = codec.pack(value)
      const bytes = Buffer.from(memory.subarray(start, end))
      expect(start).toBeGreaterThanOrEqual(PACKED_ROOM)
      expect(Buffer.compare(bytes, codec.encode(value))).toBe(0)
    }
  })

  it("are given away when they are large, with the room before them, and never written again", () => {
    const kept = Array.from({ length: 20 }, (_, n) => codec.pack(Buffer.alloc(40_000, n)))
    for (const [n, { memory, start, end, isGiven }] of kept.entries()) {
      expect(isGiven).toBe(true)
      memory.fill(0, start - PACKED_ROOM, start)
      expect(Buffer.alloc(40_000, n).equals(codec.decode(memory.subarray(start, end)) as Buffer)).toBe(true)
    }
    expect(codec.pack(1).isGiven).toBe(false)
  })
})

describe("bytes of other programs", () => {
  it("are read as msgpack has them", () => {
    const foreign = Buffer.from([
      0x84, 0xa1, 0x61, 0xd3, 0, 0, 0, 0, 0, 0, 0, 5, 0xa1, 0x62, 0xc4, 1, 9, 7, 0xc0, 0xa1, 0x63, 0xcf, 255, 255, 255, 255, 255,
      255, 255, 255,
    ])
    expect(codec.decode(foreign)).toStrictEqual({ a: 5, b: Buffer.from([9]), "7": null, c: 2n ** 64n - 1n })
    expect(codec.decode(new Uint8Array(foreign))).toStrictEqual(codec.decode(foreign))
  })

  it("leave no mark on the buffer they came in", () => {
    const bytes = codec.encode([1])
    codec.decode(bytes)
    expect(Object.getOwnPropertyNames(bytes)).toStrictEqual(["0", "1"])
  })
})
