import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ActorRef } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { codeOfFailure, failureOf, PLACEMENTS } from "../support/outcome.js"
import { Chance } from "../support/chance.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

const chance = Chance.fromEnvironment()

const cyclic: Record<string, unknown> = { name: "ring" }
cyclic["self"] = cyclic

const VALUES: readonly (readonly [string, unknown])[] = [
  ["an empty string", ""],
  ["emoji", "🙂👩‍👩‍👧"],
  ["0 bytes", new Uint8Array(0)],
  ["bytes", new Uint8Array([0, 1, 255])],
  ["a string of zero characters", "\0\0"],
  ["a long string", "ä".repeat(70_000)],
  ["undefined", undefined],
  ["null", null],
  ["NaN", Number.NaN],
  ["minus zero", -0],
  ["infinities", [Infinity, -Infinity]],
  ["large integers", [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53]],
  ["BigInt", [0n, -1n, 2n ** 64n, -(2n ** 200n)]],
  ["a Date", new Date(1_700_000_000_123)],
  ["an invalid Date", new Date(Number.NaN)],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["a", 1],
      [2, new Map([["b", undefined]])],
    ]),
  ],
  ["a Set", new Set<unknown>([1, "1", null])],
  [
    "typed arrays",
    [
      new Int8Array([-1]),
      new Uint16Array([1, 2]),
      new Float64Array([0.1, Number.NaN]),
      new BigInt64Array([-5n]),
      new Uint8ClampedArray([300]),
    ],
  ],
  ["undefined in objects and arrays", { a: undefined, b: [undefined, 1] }],
  ["nested objects", { a: { b: [{ c: [[]] }] } }],
  ["an object with keys of every kind", { "": 1, "a.b": 2, "0": 3, constructor: 4, toString: 5 }],
]

describe.each(PLACEMENTS)("values: %s", (placement) => {
  let probe: ActorRef<Probe>
  beforeAll(async () => {
    probe = await system.spawn(Probe, { placement, args: { when: new Date(5), many: new Set([1]) } })
  })
  afterAll(async () => {
    await system.stop(probe)
  })

  it.each(VALUES)("M8 carries %s there and back", async (_, value) => {
    expect(await probe.ask.echo(value)).toStrictEqual(value)
  })

  it("M8 carries args as they were given", async () => {
    expect(await probe.ask.args()).toStrictEqual({ when: new Date(5), many: new Set([1]) })
  })

  it("M8 carries an error with its cause", async () => {
    const sent = Object.assign(new TypeError("outer", { cause: new RangeError("inner") }), { code: "ERR_X" })
    const got = (await probe.ask.echo(sent)) as TypeError & { code: string }
    expect(got).toBeInstanceOf(TypeError)
    expect(got).toMatchObject({ message: "outer", code: "ERR_X" })
    expect(got.cause).toBeInstanceOf(RangeError)
  })

  it("M8 carries a cycle, or refuses it with the path", async () => {
    const result = await probe.ask.echo(cyclic).then(
      (value) => ({ value: value as typeof cyclic, code: undefined, message: "" }),
      (error: unknown) => ({
        value: undefined,
        ...(error as { code: string; message: string }),
        message: (error as Error).message,
      }),
    )
    if (result.value === undefined) {
      expect(result.code).toBe("ERR_UNENCODABLE")
      expect(result.message).toContain("self")
    } else expect(result.value["self"]).toBe(result.value)
  })

  it("M8 carries a ref that works on the other side", async () => {
    const other = await system.spawn(Probe, { placement: "inline" })
    const back = (await probe.ask.echo(other)) as ActorRef<Probe>
    expect(back).toBeInstanceOf(ActorRef)
    expect(back.equals(other)).toBe(true)
    expect(await back.ask.echo(1)).toBe(1)
    expect(await probe.ask.askOther({ to: other, handler: "echo", input: "by way of the other" })).toBe("by way of the other")
    await system.stop(other)
  })

  it("M8 hostile keys do no harm", async () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown
    const outcome = await probe.ask.echo(hostile).catch((error: unknown) => error)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    if (!(outcome instanceof Error)) expect(Object.getPrototypeOf(outcome)).toBe(Object.prototype)
    expect(await probe.ask.echo("fine")).toBe("fine")
  })

  it("M8 refuses what cannot be encoded with its path, and goes on", async () => {
    const failure = await failureOf(probe.ask.echo({ list: [1, { run: () => 1 }] }))
    expect(failure).toMatchObject({ code: "ERR_UNENCODABLE", data: { path: expect.stringContaining("list[1].run") as string } })
    expect(await probe.ask.echo("fine")).toBe("fine")
  })

  it("M8 a payload of 5 MB arrives whole, both ways", async () => {
    const bytes = new Uint8Array(5 * 1024 * 1024).map((_, i) => (i * 31) & 255)
    const back = (await probe.with({ timeoutMs: 20_000 }).ask.echo(bytes)) as Uint8Array
    expect(Buffer.compare(back, bytes)).toBe(0)
  })

  it("M8 carries many large values at once, each as it was when it was sent, in memory of its own", async () => {
    const patient = probe.with({ timeoutMs: 20_000 })
    for (let round = 0; round < 3; round++) {
      const sent = Array.from({ length: 30 }, (_, i) => {
        const value = new Float32Array(chance.between(1, 75_000)).fill(100 * round + i)
        const expected = value.slice()
        const answer = patient.ask.echo({ i, value, text: "x".repeat(value.length % 3000) })
        value.fill(-1)
        return { i, expected, answer }
      })
      for (const { i, expected, answer } of sent) {
        const { value, ...rest } = (await answer) as { value: Float32Array }
        expect(value).toBeInstanceOf(Float32Array)
        expect([value.byteOffset, value.buffer.byteLength]).toEqual([0, value.byteLength])
        expect(Buffer.compare(Buffer.from(value.buffer), Buffer.from(expected.buffer)), `seed ${String(chance.seed)}`).toBe(0)
        expect(rest).toEqual({ i, text: "x".repeat(expected.length % 3000) })
      }
    }
  })

  it("M8 what is larger than all bounds is refused with its size, and nothing hangs", async () => {
    for (const mebibytes of [64, 64.5, 70]) {
      const size = mebibytes * 1024 * 1024
      for (const payload of [new Uint8Array(size), "x".repeat(size)]) {
        const failure = await failureOf(probe.with({ timeoutMs: 20_000 }).ask.echo(payload))
        expect(failure).toMatchObject({ code: "ERR_TOO_LARGE", data: { limit: 64 * 1024 * 1024 } })
        expect(failure.data["size"]).toBeGreaterThanOrEqual(size)
        expect(failure.message).toMatch(/^the message: \d{8} bytes, and 67108864 is the limit/)
      }
    }
    expect(await probe.ask.echo("fine")).toBe("fine")
  })

  it("M8 what is just within all bounds arrives", async () => {
    const large = await system.spawn(Probe, { placement })
    await large.with({ timeoutMs: 25_000 }).ask.note(new Uint8Array(64 * 1024 * 1024 - 1024))
    expect(await large.ask.notedCount()).toBe(1)
    await system.stop(large)
  })

  it("M8 what the sender changes afterwards is not seen", async () => {
    const message = { n: 1 }
    probe.tell.note(message)
    message.n = 2
    expect(await probe.ask.noted()).toEqual([{ n: 1 }])
  })

  it("M9 an error crosses with name, message, code, data and cause, and without the other side's paths", async () => {
    const fresh = await system.spawn(Probe, { placement, restart: "temporary" })
    const failure = await failureOf(fresh.ask.failRichly())
    expect(failure).toMatchObject({ name: "SyntaxError", code: "ERR_RICH", data: { at: new Date(0), tags: new Set(["a"]) } })
    expect(failure.cause).toMatchObject({ name: "RangeError", message: "the inner one" })
    if (placement !== "inline") expect(failure.message).not.toMatch(/\/[^ ]*probe\.js/)
  })

  it("M9 an error that is an answer leaves the actor as it is", async () => {
    const { life } = await probe.ask.where()
    const failure = await failureOf(probe.ask.refuse({ limit: 3 }))
    expect(failure).toMatchObject({ code: "ERR_REFUSED_HERE", message: "it is refused", data: { limit: 3 } })
    expect((await probe.ask.where()).life).toBe(life)
  })

  it("M9 an error, or an answer, that cannot be encoded still reaches the caller as an error (scenario 20)", async () => {
    expect(await codeOfFailure(probe.ask.unencodable())).toBe("ERR_UNENCODABLE")
    const fresh = await system.spawn(Probe, { placement, restart: "temporary" })
    expect(await failureOf(fresh.ask.failUnencodably())).toMatchObject({ code: "ERR_ODD", message: "not to be encoded" })
  })
})
