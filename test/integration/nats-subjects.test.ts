import { connect, headers, type Msg, type NatsConnection } from "nats"
import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Counter } from "../../actors/counter.js"
import type { ActorRef } from "../../runtime/index.js"
import { MsgpackCodec } from "../../runtime/internal.js"
import { Probe } from "../fixtures/probe.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { eventually } from "../support/eventually.js"
import { booksOf, PLACEMENTS } from "../support/outcome.js"
import { readPlainMsgpack } from "../support/plain-msgpack.js"
import { useTestSystem } from "../support/test-system.js"

const { system, bus, prefix } = useTestSystem({ control: true, name: "node" })
let nats: NatsConnection
const msgpack = new MsgpackCodec()
const probes = new Map<string, ActorRef<Probe>>()

beforeAll(async () => {
  nats = await connect({ servers: bus.url, user: bus.user, pass: bus.password })
  await system.kinds.addFolder(new URL("../fixtures/", import.meta.url).pathname)
  for (const placement of PLACEMENTS) probes.set(placement, await system.spawn(Probe, { placement, name: placement }))
})
afterAll(() => nats.close())

const subject = (...tokens: string[]): string => [prefix, ...tokens].join(".")
const json = (message: Msg): unknown => JSON.parse(Buffer.from(message.data).toString("utf8"))
const ask = (to: string, body: string | Uint8Array = "", timeout = 10_000): Promise<Msg> => nats.request(to, body, { timeout })
const control = async (command: string, body: object = {}): Promise<Record<string, unknown>> =>
  json(await ask(subject("_ctl", command), JSON.stringify(body), 20_000)) as Record<string, unknown>

interface ErrorReply {
  readonly code: string
  readonly body: Record<string, unknown>
}

/** An error reply, whose headers and body must agree. */
function errorOf(message: Msg): ErrorReply {
  const code = message.headers?.get("Nats-Service-Error-Code") ?? ""
  expect(message.headers?.get("Nats-Service-Error") ?? "").not.toBe("")
  const body = json(message) as Record<string, unknown>
  expect(body["code"]).toBe(code)
  expect(typeof body["message"]).toBe("string")
  return { code, body }
}

function probeOf(placement: string): ActorRef<Probe> {
  const probe = probes.get(placement)
  if (probe === undefined) throw new Error(`no probe for ${placement}`)
  return probe
}

describe.each(PLACEMENTS)("the history of deaths: %s", (placement) => {
  it("A6 tells cause, how known, last message and stack", async () => {
    const name = `mortal-${placement}`
    const mortal = await system.spawn(Probe, { placement, name })
    await mortal.ask.crash("of curiosity").catch(() => undefined)
    const { deaths } = (await eventually(async () => {
      const why = await control("why", { name })
      return (why["deaths"] as unknown[]).length > 0 ? why : undefined
    })) as { deaths: unknown[] }
    expect(deaths).toEqual([
      expect.objectContaining({
        incarnation: 1,
        reason: expect.objectContaining({ type: "crashed", known: "thrown-error" }) as unknown,
        lastMessage: "crash",
        stack: expect.stringContaining("of curiosity") as unknown,
      }),
    ])
    await system.kill(mortal)
  })
})

describe.each(PLACEMENTS)("actor subjects: %s", (placement) => {
  it("JSON in gives JSON out", async () => {
    const reply = await ask(subject(placement, "echo"), JSON.stringify({ a: [1, "zwei", null] }))
    expect(json(reply)).toEqual({ a: [1, "zwei", null] })
    expect(reply.headers?.get("Nats-Service-Error-Code") ?? "").toBe("")
    expect(json(await ask(subject(placement, "order"), '{"item":"nails","lines":[]}'))).toBe(5)
    expect(json(await ask(subject(placement, "where")))).toMatchObject({ placement })
  })

  it("null as a whole is no input: a handler's default holds, and the actor lives on", async () => {
    const name = `counter-${placement}`
    const counter = await system.spawn(Counter, { placement, name })
    expect(json(await ask(subject(name, "increment"), "null"))).toBe(1)
    expect(json(await ask(subject(name, "increment"), '{"by":2}'))).toBe(3)
    await system.kill(counter)
  })

  it("msgpack in, by its header, gives msgpack out", async () => {
    const head = headers()
    head.set("Content-Type", "application/msgpack")
    const value = { when: new Date(9), big: 2n ** 70n, bytes: new Uint8Array([1, 2]) }
    const reply = await nats.request(subject(placement, "echo"), msgpack.encode(value), { timeout: 10_000, headers: head })
    expect(reply.headers?.get("Content-Type")).toBe("application/msgpack")
    // Binary comes as any msgpack reader has it.
    expect(msgpack.decode(reply.data)).toEqual({ ...value, bytes: Buffer.from([1, 2]) })
    const likened = await nats.request(
      subject(placement, "echo"),
      msgpack.encode({ map: new Map([["a", new Set([1n])]]), big: 2n ** 60n }),
      { timeout: 10_000, headers: head },
    )
    expect(readPlainMsgpack(likened.data)).toEqual(
      new Map<string, unknown>([
        ["map", new Map([["a", [1]]])],
        ["big", 2n ** 60n],
      ]),
    )
  })

  it("the media type counts in any case, with parameters, and in a header of any spelling; no body is a message without input", async () => {
    for (const [header, type] of [
      ["content-type", "application/msgpack"],
      ["Content-Type", "Application/MsgPack; version=5"],
    ] as const) {
      const head = headers()
      head.set(header, type)
      const reply = await nats.request(subject(placement, "echo"), msgpack.encode({ a: 1 }), { timeout: 10_000, headers: head })
      expect(reply.headers?.get("Content-Type")).toBe("application/msgpack")
      expect(msgpack.decode(reply.data)).toEqual({ a: 1 })
      const empty = await nats.request(subject(placement, "where"), undefined, { timeout: 10_000, headers: head })
      expect(msgpack.decode(empty.data)).toMatchObject({ placement })
    }
  })

  it("what is malformed and cannot be answered is counted", async () => {
    const count = async (): Promise<number> => Number((await control("stats"))["malformed"])
    const before = await count()
    for (const body of ["{", "nonsense", "]"]) nats.publish(subject(placement, "note"), body)
    nats.publish(subject(placement, "nowhere"), "1")
    await eventually(async () => (await count()) === before + 4)
  })

  it("a message without a reply subject is a tell", async () => {
    const probe = probeOf(placement)
    const before = await probe.ask.notedCount()
    nats.publish(subject(placement, "note"), '"told"')
    await eventually(async () => (await probe.ask.notedCount()) === before + 1)
  })

  it("an unknown handler is ERR_NO_HANDLER, with the handlers there are", async () => {
    const { code, body } = errorOf(await ask(subject(placement, "nowhere"), "1"))
    expect(code).toBe("ERR_NO_HANDLER")
    expect(body["handlers"]).toContain("echo")
    expect(errorOf(await ask(subject(placement, "onStop"), "1")).code).toBe("ERR_NO_HANDLER")
    expect(errorOf(await ask(subject(placement, "a", "b"), "1")).code).toBe("ERR_NO_HANDLER")
    expect(errorOf(await ask(subject(placement, "h".repeat(300)), "1")).code).toBe("ERR_NO_HANDLER")
  })

  it.each(["{", "nonsense", '{"a":}', '{"__proto__":{"x":1}}', "[".repeat(5000), "\ud800"])(
    "malformed JSON %j is ERR_UNDECODABLE",
    async (body) => {
      const bytes = body === "\ud800" ? new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]) : body
      expect(errorOf(await ask(subject(placement, "echo"), bytes)).code).toBe("ERR_UNDECODABLE")
    },
  )

  it("truncated or hostile msgpack is ERR_UNDECODABLE, said in msgpack", async () => {
    const whole = msgpack.encode({ list: [1, 2, 3], text: "x".repeat(100) })
    const hostile = [
      whole.subarray(0, whole.length - 5),
      new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]),
      new Uint8Array([0xdf, 0xff, 0xff, 0xff, 0xff, 0x01]),
      new Uint8Array([0xc6, 0x7f, 0xff, 0xff, 0xff]),
      new Uint8Array(3000).fill(0x91),
      new Uint8Array([0xc1]),
      new Uint8Array([0x01, 0x02]),
    ]
    for (const bytes of hostile) {
      const head = headers()
      head.set("Content-Type", "application/msgpack")
      const reply = await nats.request(subject(placement, "echo"), bytes, { timeout: 10_000, headers: head })
      expect(["ERR_UNDECODABLE", "ERR_TOO_LARGE"], String(bytes.subarray(0, 6))).toContain(
        reply.headers?.get("Nats-Service-Error-Code"),
      )
      expect(msgpack.decode(reply.data)).toMatchObject({ code: reply.headers?.get("Nats-Service-Error-Code") })
    }
    expect(json(await ask(subject(placement, "echo"), "1"))).toBe(1)
  })

  it("a message that does not fit the schema says where", async () => {
    const { code, body } = errorOf(await ask(subject(placement, "order"), '{"item":3,"lines":[]}'))
    expect(code).toBe("ERR_BAD_MESSAGE")
    expect(body["issues"]).toMatchObject([{ path: "item" }])
  })

  it("an error of the actor crosses with code, data and message", async () => {
    const { code, body } = errorOf(await ask(subject(placement, "refuse"), '{"limit":3}'))
    expect(code).toBe("ERR_REFUSED_HERE")
    expect(body).toMatchObject({ limit: 3, message: "it is refused" })
  })

  it("an error message with line breaks and letters beyond ASCII is said whole in the body", async () => {
    const { body } = errorOf(await ask(subject(placement, "crash"), JSON.stringify("zwei\r\nZeilen: ä 🙂")))
    expect(body["message"]).toBe("zwei\r\nZeilen: ä 🙂")
    await eventually(async () => (await ask(subject(placement, "echo"), "1").then(json, () => undefined)) === 1, {
      timeoutMs: 10_000,
    })
  })

  it("an answer larger than the bus carries is ERR_TOO_LARGE with its size", async () => {
    const probe = probeOf(placement)
    await probe.ask.note("x".repeat(2 * 1024 * 1024))
    const { code, body } = errorOf(await ask(subject(placement, "noted")))
    expect(code).toBe("ERR_TOO_LARGE")
    expect(body["size"]).toBeGreaterThan(2 * 1024 * 1024)
  })

  it("a deadline sent along is the actor's deadline", async () => {
    const head = headers()
    head.set("Troupe-Timeout-Ms", "50")
    const reply = await nats.request(subject(placement, "slowly"), "200", { timeout: 10_000, headers: head })
    expect(errorOf(reply).code).toBe("ERR_TIMED_OUT")
  })

  it("micro-service discovery lists the actor, its endpoints and its counts", async () => {
    const service = placement
    const ping = json(await ask(`$SRV.PING.${service}`)) as Record<string, unknown>
    expect(ping).toMatchObject({ name: service, type: "io.nats.micro.v1.ping_response" })
    const info = json(await ask(`$SRV.INFO.${service}`)) as {
      endpoints: { name: string; subject: string }[]
      metadata: Record<string, string>
    }
    expect(info.metadata).toMatchObject({ kind: "probe", placement })
    expect(info.endpoints).toContainEqual(expect.objectContaining({ name: "echo", subject: subject(placement, "echo") }))
    const countOf = async (endpoint: string): Promise<{ num_requests: number; num_errors: number }> => {
      const stats = json(await ask(`$SRV.STATS.${service}`)) as {
        endpoints: { name: string; num_requests: number; num_errors: number }[]
      }
      const found = stats.endpoints.find(({ name }) => name === endpoint)
      if (found === undefined) throw new Error(`no endpoint ${endpoint}`)
      return found
    }
    const before = await countOf("refuse")
    await ask(subject(placement, "refuse"), "{}")
    const after = await countOf("refuse")
    expect(after.num_requests - before.num_requests).toBe(1)
    expect(after.num_errors - before.num_errors).toBe(1)
  })
})

describe("actor subjects", () => {
  it("an unknown actor has no responders", async () => {
    await expect(ask(subject("nobody", "echo"), "1")).rejects.toMatchObject({ code: "503" })
    await expect(ask(subject("n".repeat(300), "echo"), "1")).rejects.toMatchObject({ code: "503" })
  })

  it("a payload of 5 MB is refused by the client, and the bus goes on", async () => {
    await expect(ask(subject("inline", "echo"), new Uint8Array(5 * 1024 * 1024))).rejects.toMatchObject({
      code: "MAX_PAYLOAD_EXCEEDED",
    })
    expect(json(await ask(subject("inline", "echo"), "1"))).toBe(1)
  })

  it("every actor answers a ping of all services", async () => {
    const names = new Set<unknown>()
    const inbox = "test.pings"
    const subscription = nats.subscribe(inbox, { callback: (_, message) => names.add((json(message) as { name: unknown }).name) })
    nats.publish("$SRV.PING", "", { reply: inbox })
    await eventually(() => PLACEMENTS.every((name) => names.has(name)))
    subscription.unsubscribe()
  })
})

describe("control subjects", () => {
  it("ps, tree and stats tell of every actor", async () => {
    const { actors } = (await control("ps")) as unknown as { actors: { name: string; placement: string; books: object }[] }
    for (const placement of PLACEMENTS)
      expect(actors).toContainEqual(expect.objectContaining({ name: placement, placement, kind: "probe" }))
    const { children } = (await control("tree")) as unknown as { children: { name: string }[] }
    expect(children.map(({ name }) => name)).toEqual(expect.arrayContaining([...PLACEMENTS]))
    expect(await control("stats")).toMatchObject({ actors: expect.any(Number) as number })
    const { kinds } = (await control("describe", { kind: "probe" })) as unknown as { kinds: { handlers: { name: string }[] }[] }
    expect(kinds[0]?.handlers).toContainEqual(expect.objectContaining({ name: "order", schema: true }))
  })

  it.each(PLACEMENTS)("spawn, restart, stop, drain and kill work: %s", async (placement) => {
    for (const command of ["stop", "drain", "kill"] as const) {
      const name = `ctl-${placement}-${command}`
      const spawned = await control("spawn", { kind: "scheduler", name, placement })
      expect(spawned).toMatchObject({ name, kind: "scheduler", placement })
      expect(json(await ask(subject(name, "mood")))).toBe("calm")
      if (command === "stop") expect(await control("restart", { name })).toMatchObject({ name, restarts: 1 })
      const ended = await control(command, { name })
      expect(ended).toMatchObject({ name, rung: command, reason: { type: command === "kill" ? "killed" : "shutdown" } })
      await expect(ask(subject(name, "mood"))).rejects.toMatchObject({ code: "503" })
    }
  })

  it("why tells how an actor died", async () => {
    await control("spawn", { kind: "probe", name: "doomed", restart: "temporary" })
    await ask(subject("doomed", "crash"), '"of old age"')
    const deaths = await eventually(async () => {
      const { deaths: all } = (await control("why", { name: "doomed" })) as {
        deaths?: { reason: { type: string; error: { message: string } } }[]
      }
      return all?.[0]
    })
    expect(deaths.reason).toMatchObject({ type: "crashed", error: { message: "of old age" } })
  })

  it.each([
    ["spawn", "{}", "ERR_BAD_OPTION"],
    ["spawn", '{"kind":"nothing-like-it"}', "ERR_NO_KIND"],
    ["spawn", '{"kind":"probe","name":"inline"}', "ERR_NAME_TAKEN"],
    ["spawn", '{"kind":"probe","name":"no spaces"}', "ERR_BAD_NAME"],
    ["spawn", '{"kind":"probe","placement":"moon"}', "ERR_BAD_OPTION"],
    ["spawn", '{"kind":"probe","colour":"red"}', "ERR_BAD_OPTION"],
    ["spawn", '{"kind":"faulty","args":{"fault":"onStart"}}', "ERR_START_FAILED"],
    ["stop", '{"name":"nobody"}', "ERR_NO_ACTOR"],
    ["kill", "[]", "ERR_BAD_OPTION"],
    ["kill", "{", "ERR_UNDECODABLE"],
    ["why", '{"name":"nobody"}', "ERR_NO_ACTOR"],
    ["no-such-command", "{}", "ERR_NO_HANDLER"],
  ])("%s %s is %s", async (command, body, code) => {
    expect(errorOf(await ask(subject("_ctl", command), body)).code).toBe(code)
  })
})

describe("garbage", () => {
  it("10,000 messages of garbage on every subject: the node goes on, and its memory stays", async () => {
    const listener = await system.spawn(Scheduler, { placement: "inline", name: "listener" })
    await listener.ask.listen("garbage.>")
    const probe = probeOf("inline")
    await system.restart(probe)
    const host = probe.id.slice(0, probe.id.indexOf(":"))
    const head = headers()
    head.set("Content-Type", "application/msgpack")
    const round = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const bytes = randomBytes(i % 200)
        if (i % 3 === 0) bytes[0] = 0xa7
        if (i % 3 === 1) bytes[0] = 0xa8
        for (const to of [`_${prefix}.host.${host}`, `_${prefix}.name.inline`, `_${prefix}.refused.${host}.1`])
          nats.publish(to, bytes)
        nats.publish(subject("_ctl", "ps"), bytes)
        nats.publish(subject("_ctl", "spawn"), bytes, { headers: head })
        nats.publish(subject("_evt", "garbage", "x"), bytes)
        nats.publish(subject("_evt", "garbage", "x"), bytes, { headers: head })
        nats.publish(`_${prefix}.evt._host.down`, bytes)
        nats.publish(subject("inline", "order"), bytes)
        nats.publish(subject("inline", "order"), bytes, { headers: head })
        nats.publish(subject("inline", "nowhere"), bytes)
        if (i % 200 === 0) await nats.flush()
      }
      await nats.flush()
      expect(json(await ask(subject("inline", "echo"), "1", 30_000))).toBe(1)
    }
    const collect = (): number => {
      globalThis.gc?.()
      return process.memoryUsage().heapUsed / 1024 / 1024
    }
    await round(1000)
    const before = collect()
    await round(10_000)
    expect(collect() - before).toBeLessThan(60)
    for (const placement of PLACEMENTS) expect(json(await ask(subject(placement, "echo"), '"fine"'))).toBe("fine")
    const { sent, inFlight } = await booksOf(system, probe)
    expect(sent).toBeGreaterThan(0)
    expect(inFlight).toBe(0)
    expect(await control("stats")).toMatchObject({ malformed: expect.any(Number) as number })
    await system.stop(listener)
  })
})
