import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { codeOf } from "../../runtime/errors.js"
import { isJsonSafe, JsonCodec } from "../../runtime/wire/json-codec.js"
import { findJsonFault } from "../../runtime/wire/json-text.js"

const codec = new JsonCodec()
const textOf = (value: unknown): string => Buffer.from(codec.encode(value)).toString()
const read = (text: string): unknown => codec.decode(Buffer.from(text))

describe("JSON of our values", () => {
  it.each([
    [undefined, "null"],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [[NaN, Infinity, -Infinity, -0], "[null,null,null,0]"],
    [{ big: 2n ** 70n }, '{"big":"1180591620717411303424"}'],
    [[new Date(0), new Date(NaN)], '["1970-01-01T00:00:00.000Z",null]'],
    [new Map([["a", 1n]]), '{"a":"1"}'],
    [new Map([[1, new Set([2])]]), "[[1,[2]]]"],
    [new Map([["__proto__", 1]]), '[["__proto__",1]]'],
    [new Float64Array([1.5, NaN]), "[1.5,null]"],
    [new BigUint64Array([5n]), '["5"]'],
    [new Uint8Array([1, 2]), "[1,2]"],
    [{ b: Buffer.from("hi") }, '{"b":"aGk="}'],
    [new Uint8Array([104, 105]).buffer, '"aGk="'],
    [/a"b/g, '"/a\\"b/g"'],
    [new URL("http://a.b/c"), '"http://a.b/c"'],
    ["\ud800", '"\\ud800"'],
    [
      Object.assign(new TypeError("no", { cause: new Error("why") }), { code: "E", data: { n: 1n } }),
      '{"name":"TypeError","message":"no","code":"E","data":{"n":"1"},"cause":{"name":"Error","message":"why"}}',
    ],
  ] as readonly (readonly [unknown, string])[])("of %o is %s", (value, text) => {
    expect(textOf(value)).toBe(text)
    expect(textOf([value, 1])).toBe(`[${text},1]`)
  })

  it.each([
    [{ a: [{ f: () => 1 }] }, "a[0].f: a function"],
    [new Map([["k", Symbol("s")]]), "k: a symbol"],
    [{ p: Promise.resolve() }, "p: a value of type Promise"],
    [JSON.parse('{"a":{"__proto__":1}}'), 'a.__proto__: a key named "__proto__"'],
  ] as readonly (readonly [unknown, string])[])("refuses %o with its path", (value, message) => {
    expect(() => codec.encode(value)).toThrow(message)
  })

  it("refuses a cycle with its path, and what is too large with its size", () => {
    const node: Record<string, unknown> = {}
    node["list"] = [new Set([node])]
    expect(() => codec.encode({ node })).toThrow("node.list[0].values()[0]: a reference back to node")
    expect(() => new JsonCodec({ maxBytes: 10 }).encode("x".repeat(20))).toThrow("20 bytes, and 10 is the limit")
  })
})

describe("JSON from people", () => {
  it("is a value, and nothing at all is no input", () => {
    expect(read('{"a":[1,{"b":"ü"}]}')).toStrictEqual({ a: [1, { b: "ü" }] })
    expect(codec.decode(new Uint8Array(0))).toBeUndefined()
  })

  it.each([
    ['{"name": Ada}', 'at character 9: expected a value, got "A" (near "{\\"name\\": Ada}")'],
    ["{'a':1}", 'at character 1: expected a key in quotes or "}", got "\'"'],
    ['{"a":1,}', 'at character 7: expected a key in quotes, got "}"'],
    ["[1,2", 'it ends after 4 characters; expected "," or the closing bracket'],
    ["[1 2]", 'at character 3: expected "," or "]", got "2"'],
    ['{"a" 1}', 'at character 5: expected ":", got "1"'],
    ["[1]]", 'at character 3: expected the end of the text, got "]"'],
    ['"a\\x"', "at character 2: expected a valid escape"],
    ['"a\nb"', "at character 2: expected no control character in a string"],
    ['"open', "it ends after 5 characters; expected the closing quote"],
    ["  ", "it ends after 2 characters; expected a value"],
    ["[01]", 'at character 2: expected "," or "]"'],
  ])("is refused when malformed: %s", (text, message) => {
    expect(() => read(text)).toThrow(`malformed JSON: ${message}`)
  })

  it("is refused when it is no UTF-8, nests too deep, is too large or names __proto__", () => {
    expect(() => codec.decode(Uint8Array.from([0x22, 0xff, 0x22]))).toThrow("not valid UTF-8")
    expect(() => read("[".repeat(1_000_000))).toThrow("nested deeper than 256 levels")
    expect(() => read(`${'{"a":'.repeat(300)}1${"}".repeat(300)}`)).toThrow("nested deeper than 256 levels")
    expect(read(JSON.stringify("[".repeat(500)))).toBe("[".repeat(500))
    expect(() => new JsonCodec({ maxBytes: 10 }).decode(Buffer.from("x".repeat(11)))).toThrow("11 bytes, and 10 is the limit")
    expect(() => read('{"a":[{"__proto__":{"admin":true}}]}')).toThrow('a key named "__proto__"')
    expect(() => read('{"\\u005f_proto__":1}')).toThrow('a key named "__proto__"')
    const harmless = '{"a":"__proto__","constructor":{"prototype":1}}'
    expect(JSON.stringify(read(harmless))).toBe(harmless)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it("comes back as it was, and a fault is found exactly where there is one", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(findJsonFault(text)).toBeUndefined()
        if (!text.includes("__proto__")) expect(read(text)).toStrictEqual(JSON.parse(text))
      }),
    )
    const mutilated = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom("", ",", "}", '"', "\\", "x", "1", "[", ":", "\u0001"))
    fc.assert(
      fc.property(mutilated, ([value, at, insert]) => {
        const text = JSON.stringify(value)
        const cut = at % (text.length + 1)
        const changed = insert === "" ? text.slice(0, cut) : text.slice(0, cut) + insert + text.slice(cut)
        let valid = true
        try {
          JSON.parse(changed)
        } catch {
          valid = false
        }
        expect(findJsonFault(changed) === undefined).toBe(valid)
      }),
      { numRuns: 3000 },
    )
  })

  it("survives random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          codec.decode(bytes)
        } catch (error) {
          if (codeOf(error) !== "ERR_UNDECODABLE") throw error
        }
      }),
      { numRuns: 5000 },
    )
  })
})

describe("isJsonSafe", () => {
  const single = (value: unknown): readonly [unknown] => [value]
  it.each([null, true, "", "\ud800", 1.5, [], {}, [1, { a: [null] }], { constructor: 1 }].map(single))(
    "says yes to %o",
    (value) => {
      expect(isJsonSafe(value)).toBe(true)
      expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value)
    },
  )

  it.each(
    [
      undefined,
      NaN,
      -0,
      Infinity,
      1n,
      [undefined],
      { a: undefined },
      new Date(),
      new Map(),
      new Uint8Array(),
      () => 1,
      Object.create(null),
      new (class {
        readonly a = 1
      })(),
      new Array(2),
      JSON.parse('{"__proto__":1}'),
    ].map(single),
  )("says no to %o", (value) => {
    expect(isJsonSafe(value)).toBe(false)
  })

  it("says no to a cycle and to what throws, and is right about any value", () => {
    const node: Record<string, unknown> = {}
    node["node"] = node
    expect(isJsonSafe(node)).toBe(false)
    expect(isJsonSafe({ get a(): never { throw new Error("no") } })).toBe(false) // prettier-ignore
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          if (isJsonSafe(value)) expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
