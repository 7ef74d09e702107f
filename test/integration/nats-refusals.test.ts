import { connect, type Msg, type MsgHdrs, type NatsConnection } from "nats"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorSystem } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { PLACEMENTS } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
let nats: NatsConnection
beforeAll(async () => {
  test = await startTestSystem({ control: true, name: "node" })
  system = test.system
  nats = await connect({ servers: test.bus.url, user: test.bus.user, pass: test.bus.password })
  await system.kinds.addFolder(new URL("../fixtures/", import.meta.url).pathname)
  for (const placement of PLACEMENTS) await system.spawn(Probe, { placement, name: placement })
})
afterAll(async () => {
  await nats.close()
  await test.stop()
})

const subject = (...tokens: string[]): string => [test.prefix, ...tokens].join(".")
const json = (message: Msg): unknown => JSON.parse(Buffer.from(message.data).toString("utf8"))
const ask = (to: string, body: string, headers?: MsgHdrs): Promise<Msg> =>
  nats.request(to, body, { timeout: 5000, ...(headers === undefined ? {} : { headers }) })

async function refusal(command: string, body: object): Promise<{ code: string; message: string; option?: string }> {
  const reply = await ask(subject("_ctl", command), JSON.stringify(body))
  expect(reply.headers?.get("Nats-Service-Error-Code") ?? "").not.toBe("")
  return json(reply) as { code: string; message: string; option?: string }
}

/** Headers that nats.js sends as they are, and throws at when it reads them. */
const malformed = { encode: () => Buffer.from("NATS/1.0\r\nno key\u0001: v\r\n\r\n") } as unknown as MsgHdrs

describe("headers that cannot be read", () => {
  it.each(PLACEMENTS)(
    "A6 on any subject: what they come with is handled without them, and what follows too: %s",
    async (placement) => {
      const heard: unknown[] = []
      const stop = system.subscribe("malformed.>", (_, data) => heard.push(data))
      await eventually(async () => {
        nats.publish(subject("_evt", "malformed", "x"), '"ready"')
        await nats.flush()
        return heard.length > 0
      })
      expect(json(await ask(subject(placement, "echo"), '"asked"', malformed))).toBe("asked")
      expect(json(await ask(subject(placement, "nowhere"), "1", malformed))).toMatchObject({ code: "ERR_NO_HANDLER" })
      nats.publish(subject(placement, "nowhere"), "1", { headers: malformed })
      nats.publish(subject("_evt", "malformed", "x"), '"heard"', { headers: malformed })
      expect(json(await ask(subject("_ctl", "describe"), '{"kind":"probe"}', malformed))).toMatchObject({
        kinds: [{ kind: "probe" }],
      })
      const host = system.busAddress === undefined ? "" : (await system.lookup(placement))?.id.split(":")[0]
      for (const to of [
        `_${test.prefix}.host.${String(host)}`,
        `_${test.prefix}.name.${placement}`,
        `_${test.prefix}.refused.${String(host)}.1`,
      ])
        nats.publish(to, "", { headers: malformed })
      await nats.flush()
      // Each of them is read on the connection that reads these.
      expect(json(await ask(subject(placement, "echo"), '"after"'))).toBe("after")
      expect(json(await ask(subject("_ctl", "stats"), "{}"))).toMatchObject({ program: { name: "node" } })
      await eventually(() => heard.includes("heard"))
      stop()
    },
  )
})

describe("an answer that nobody can be given", () => {
  it("A6 as the connection is closed by then, ends nothing", async () => {
    const short = await test.join({ name: "short" })
    await short.spawn(Probe, { name: "short" })
    const asked = ask(subject("short", "slowly"), "300").catch((error: unknown) => error)
    await eventually(async () => (await short.ps())[0]?.inFlight === 1)
    await short.shutdown()
    await asked
    expect(json(await ask(subject("inline", "echo"), "1"))).toBe(1)
  })
})

describe("a control command", () => {
  it.each([
    ["spawn", { kind: "probe", colour: "red" }, "colour"],
    ["stop", { name: "inline", force: true }, "force"],
    ["drain", { name: "inline", timeout: 5 }, "timeout"],
    ["kill", { name: "inline", signal: "SIGKILL" }, "signal"],
    ["restart", { name: "inline", timeoutMs: 5 }, "timeoutMs"],
    ["why", { name: "inline", last: 3 }, "last"],
    ["describe", { kinds: ["probe"] }, "kinds"],
    ["ps", { name: "inline" }, "name"],
    ["tree", { depth: 1 }, "depth"],
    ["stats", { all: true }, "all"],
  ])("S12 %s refuses a field it does not know, by name: %o", async (command, body, field) => {
    expect(await refusal(command, body)).toMatchObject({ code: "ERR_BAD_OPTION", option: field })
    expect(json(await ask(subject("inline", "echo"), "1"))).toBe(1)
  })

  it.each(["ps", "tree", "stats"])("S12 %s refuses what is no object", async (command) => {
    expect(await refusal(command, [1])).toMatchObject({ code: "ERR_BAD_OPTION", option: "request" })
  })
})

describe("an actor that was given up", () => {
  it("is told of by why, and every other command says so", async () => {
    const doomed = await system.spawn(Probe, { name: "doomed", restart: "temporary" })
    await doomed.ask.crash("of old age").catch(() => undefined)
    await eventually(async () => (await system.lookup("doomed")) === undefined)
    for (const command of ["stop", "restart", "kill"]) {
      const { code, message } = await refusal(command, { name: "doomed" })
      expect(code).toBe("ERR_NO_ACTOR")
      expect(message).toContain('"troupe why doomed"')
    }
    expect((await refusal("stop", { name: "nobody" })).message).not.toContain("troupe why")
  })

  it("S16 why and ps agree on how often an actor was started again", async () => {
    const probe = await system.spawn(Probe, { name: "again" })
    await probe.ask.crash("once").catch(() => undefined)
    await eventually(async () => (await probe.ask.echo(1).catch(() => 0)) === 1)
    await system.restart(probe)
    const row = (await system.ps()).find(({ name }) => name === "again")
    const why = json(await ask(subject("_ctl", "why"), '{"name":"again"}')) as { restarts: number; deaths: unknown[] }
    expect(row?.restarts).toBe(2)
    expect(why).toMatchObject({ restarts: 2, deaths: [{ incarnation: 1 }] })
    await system.stop(probe)
  })
})
