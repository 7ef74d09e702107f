import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MailboxFullError } from "../../runtime/errors.js"
import { decodeError, encodeError } from "../../runtime/wire/error-codec.js"
import { withoutPaths } from "../../runtime/wire/error-message.js"
import { JsonCodec } from "../../runtime/wire/json-codec.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"

const msgpack = new MsgpackCodec()
const json = new JsonCodec()
const cross = (thrown: unknown): Error => decodeError(msgpack.decode(msgpack.encode(encodeError(thrown))))

describe("an error that crosses", () => {
  it("M9 keeps name, message, code, data and cause", () => {
    const arrived = cross(
      Object.assign(new MailboxFullError("a", 5), { cause: new RangeError("deep", { cause: { plain: [1n] } }) }),
    )
    expect(arrived).toMatchObject({ name: "MailboxFullError", code: "ERR_MAILBOX_FULL", data: { actor: "a", capacity: 5 } })
    expect(arrived.message).toContain("its mailbox holds 5 messages")
    expect(arrived.cause).toBeInstanceOf(RangeError)
    expect((arrived.cause as Error).cause).toStrictEqual({ plain: [1n] })
  })

  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    "M9 is a %o again when it was one",
    (Class) => {
      const arrived = cross(new Class("no"))
      expect(arrived).toBeInstanceOf(Class)
      expect(arrived.name).toBe(Class.name)
      expect(Object.keys(arrived)).toStrictEqual([])
    },
  )

  it("keeps the parts of an AggregateError", () => {
    const arrived = cross(new AggregateError([new TypeError("a"), "b", undefined], "all"))
    expect(arrived).toBeInstanceOf(AggregateError)
    const [first, ...rest] = (arrived as AggregateError).errors as unknown[]
    expect(first).toBeInstanceOf(TypeError)
    expect(rest).toStrictEqual(["b", undefined])
  })

  it.each(["x", "", undefined, null, 5, 5n, NaN, { status: 404 }])(
    "keeps %o, thrown without an Error, as the cause of a NonError",
    (thrown) => {
      const arrived = cross(thrown)
      expect(arrived).toBeInstanceOf(Error)
      expect(arrived.name).toBe("NonError")
      expect(arrived.cause).toStrictEqual(thrown)
      expect(arrived.message).toContain(typeof thrown === "object" && thrown !== null ? "404" : String(thrown))
    },
  )

  it("keeps a numeric code, an empty message and a name that is not built in", () => {
    expect(cross(new DOMException("stop", "AbortError"))).toMatchObject({ name: "AbortError", message: "stop", code: 20 })
    expect(cross(new Error("")).message).toBe("")
  })

  it("has no stack of either side unless one is sent", () => {
    const error = new Error("no")
    expect(encodeError(error)).not.toHaveProperty("stack")
    expect(cross(error).stack).toBe("Error: no")
    expect(decodeError(encodeError(error, { stack: "sent" })).stack).toBe(error.stack)
  })

  it("arrives though its data cannot be encoded, with words in place of that", () => {
    const self = new Error("self")
    const data = { f: () => 1, s: Symbol("x"), p: Promise.resolve(), ok: new Date(5), big: new Float64Array(1e6), long: "x".repeat(1e6), get bad(): never { throw new Error("no") }, self, list: [] as unknown[] } // prettier-ignore
    data.list.push(data, new Map([["f", Math.max]]), new Set([1]))
    Object.assign(self, { data, cause: self })
    const arrived = cross(self) as Error & { data: Record<string, unknown> }
    expect(arrived.cause).toBe("[an error above]")
    expect(arrived.data).toMatchObject({
      f: "[a function]",
      s: "[a symbol]",
      p: "[a value of type Promise]",
      ok: new Date(5),
      big: "[8000000 bytes]",
      bad: "[a value that throws when it is read]",
      list: ["[a reference back]", new Map([["f", "[a function]"]]), new Set([1])],
    })
    expect((arrived.data["self"] as Error).message).toBe("self")
    expect(String(arrived.data["long"])).toMatch(/^x+… \(1000000 characters\)$/)
    expect(json.encode(self).length).toBeLessThan(1e6)
  })

  it("arrives from whatever was thrown", () => {
    const hostile = new Error("x")
    for (const key of ["stack", "name", "message", "code", "data", "cause", "errors"]) Object.defineProperty(hostile, key, { get: () => { throw new Error("no") } }) // prettier-ignore
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    let chain: unknown = "end"
    for (let n = 0; n < 5000; n++) chain = new Error(`level ${String(n)}`, { cause: chain })
    const wide = Object.assign(new Error("wide"), { data: Array.from({ length: 5000 }, () => ({ e: new Error("inner") })) })
    for (const thrown of [
      hostile,
      proxy,
      () => 1,
      Symbol("s"),
      chain,
      wide,
      new Error("y".repeat(1e6)),
      Object.assign(new Error("m"), { message: 5 }),
    ]) {
      const arrived = cross(thrown)
      expect(arrived).toBeInstanceOf(Error)
      expect(typeof arrived.message).toBe("string")
      expect(msgpack.encode(encodeError(thrown)).length).toBeLessThan(1_000_000)
    }
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
        }),
        (value) => {
          expect(cross(value)).toBeInstanceOf(Error)
          expect(cross(Object.assign(new Error("x", { cause: value }), { data: value, code: value }))).toBeInstanceOf(Error)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe("decodeError", () => {
  it("gives an Error whatever it is given", () => {
    const throwing = new Proxy({}, { get: () => { throw new Error("no") }, has: () => true }) // prettier-ignore
    const deep: Record<string, unknown> = { name: "Error", message: "x" }
    deep["cause"] = { type: "error", error: deep }
    const inputs = [
      undefined,
      null,
      5,
      "x",
      [],
      {},
      throwing,
      deep,
      { name: 5, message: {} },
      { name: "__proto__", message: "x" },
      { name: "constructor" },
      { name: "AggregateError", errors: 5 },
    ]
    for (const wire of inputs) expect(decodeError(wire)).toBeInstanceOf(Error)
    expect(decodeError({ message: "y".repeat(1e6) }).message.length).toBeLessThan(20_000)
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom("name", "message", "code", "data", "cause", "errors", "stack", "type", "error"),
          fc.anything(),
        ),
        (wire) => {
          expect(decodeError(wire)).toBeInstanceOf(Error)
        },
      ),
    )
  })
})

describe("a message without paths", () => {
  it.each([
    [
      "Cannot find module '/home/ada/app/x.js' imported from /home/ada/app/main.js",
      "Cannot find module 'x.js' imported from main.js",
    ],
    ["ENOENT: no such file or directory, open '/secret'", "ENOENT: no such file or directory, open 'secret'"],
    ["open '/home/ada lovelace/my notes.txt'", "open 'my notes.txt'"],
    ["at file:///home/ada/app/x.ts:10:5", "at x.ts:10:5"],
    ["(/srv/app/dist/a.js:1:2)", "(a.js:1:2)"],
    ["read:/etc/passwd,/etc/shadow", "read:passwd,shadow"],
    [String.raw`C:\Users\Ada\x.js failed, as did D:/app/y.js`, "x.js failed, as did y.js"],
    [String.raw`open "C:\Program Files\App\a b.txt"`, 'open "a b.txt"'],
    [String.raw`\\server\share\doc.txt`, "doc.txt"],
    ["file:///C:/Users/Ada/x.js", "x.js"],
    ["GET http://localhost:80/a/b?c=/d failed", "GET http://localhost:80/a/b?c=/d failed"],
    ["nats://127.0.0.1:4222 refused", "nats://127.0.0.1:4222 refused"],
    [
      "and/or 1/2 src/a/b.js ../up/c.js ./here.js node:fs/promises",
      "and/or 1/2 src/a/b.js ../up/c.js ./here.js node:fs/promises",
    ],
    ["Invalid regular expression: /(/: Unterminated group", "Invalid regular expression: /(/: Unterminated group"],
    ["a: b / c \\ d \\n", "a: b / c \\ d \\n"],
  ])("M9 turns %s into %s", (message, without) => {
    expect(withoutPaths(message)).toBe(without)
    expect(cross(new Error("outer", { cause: new Error(message) })).cause).toMatchObject({ message: without })
  })

  it("M9 is made in a short time from any text", () => {
    for (const text of [
      "/".repeat(16_000),
      "a/".repeat(8000),
      "'/".repeat(8000),
      "x:".repeat(8000),
      "\\".repeat(16_000),
      "a".repeat(16_000) + "/",
    ]) {
      const start = performance.now()
      withoutPaths(text)
      expect(performance.now() - start).toBeLessThan(1000)
    }
  })
})
