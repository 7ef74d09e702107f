// What a NATS client is told when the actor it asks dies, and is started again.

import { connect, type Msg, type NatsConnection } from "nats"
import type { Worker } from "node:worker_threads"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, Placement } from "../../runtime/index.js"
import { Probe, type Whereabouts } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { booksOf, PLACEMENTS, rowOf, tally } from "../support/outcome.js"
import { strikeProcess } from "../support/strike.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
let nats: NatsConnection
const workers = new Map<number, Worker>()
const onWorker = (worker: Worker): void => void workers.set(worker.threadId, worker)
beforeAll(async () => {
  process.on("worker", onWorker)
  test = await startTestSystem()
  system = test.system
  nats = await connect({ servers: test.bus.url, user: test.bus.user, pass: test.bus.password })
})
afterAll(async () => {
  process.off("worker", onWorker)
  await nats.close()
  await test.stop()
})

const request = (name: string, handler: string, input: unknown = null, timeout = 25_000): Promise<Msg> =>
  nats.request(`${test.prefix}.${name}.${handler}`, JSON.stringify(input), { timeout })

/** `answered`, the code of an error reply, or that of the NATS client itself. */
async function outcomeOf(reply: Promise<Msg>): Promise<string> {
  try {
    const code = (await reply).headers?.get("Nats-Service-Error-Code") ?? ""
    return code === "" ? "answered" : code
  } catch (error) {
    return `nats: ${(error as { code: string }).code}`
  }
}

/** Ends an actor's life from outside, so that it is started again. */
async function strike(probe: ActorRef<Probe>, placement: Placement): Promise<void> {
  const row = await rowOf(system, probe)
  if (placement === "process") strikeProcess(row?.pid)
  else if (placement === "thread") void workers.get(row?.threadId ?? 0)?.terminate()
  else void probe.ask.throwInTimer("struck").catch(() => undefined)
}

describe.each(PLACEMENTS)("a NATS client whose actor dies: %s", (placement) => {
  it("M2 is told so at once, and whether its request had begun", async () => {
    const name = `dies-${placement}`
    const probe = await system.spawn(Probe, { placement, name, restart: "temporary" })
    const begun = outcomeOf(request(name, "ignore"))
    await eventually(async () => (await booksOf(system, probe)).sent === 1)
    const waiting = Array.from({ length: 200 }, (_, i) => outcomeOf(request(name, "echo", i)))
    await eventually(async () => (await booksOf(system, probe)).inFlight === 201)
    const start = performance.now()
    await system.kill(probe)
    // One that was still on its way when all was over hears that there is no such actor any more. Neither has begun.
    const { ERR_DIED_BEFORE_START = 0, ERR_NO_ACTOR = 0, ...others } = tally(await Promise.all(waiting))
    expect(others).toEqual({})
    expect(ERR_DIED_BEFORE_START + ERR_NO_ACTOR).toBe(200)
    expect(ERR_DIED_BEFORE_START).toBeGreaterThan(0)
    expect(await begun).toBe("ERR_DIED_WHILE_HANDLING")
    expect(performance.now() - start).toBeLessThan(5_000)
  })

  it("S7 is answered by the next incarnation when it asks while the actor is started again", async () => {
    const name = `comes-back-${placement}`
    const probe = await system.spawn(Probe, { placement, name })
    const before = (await request(name, "where")).json<Whereabouts>()
    const topics: string[] = []
    const stop = system.subscribe(`actor.${name}.*`, (topic) => topics.push(topic))
    await strike(probe, placement)
    // Whoever asks before anybody knows of the death may be told of it; nobody is told that there is no such actor.
    const early = await Promise.all(Array.from({ length: 5 }, () => outcomeOf(request(name, "where"))))
    for (const outcome of early) expect(["answered", "ERR_DIED_BEFORE_START"]).toContain(outcome)
    await eventually(() => topics.some((topic) => /crashed|killed/.test(topic)))
    const lives = await Promise.all(
      Array.from({ length: 5 }, async () => (await request(name, "where")).json<Whereabouts>().life),
    )
    expect(new Set(lives).size).toBe(1)
    expect(lives).not.toContain(before.life)
    stop()
    await system.stop(probe)
  })

  it("M1 what it tells arrives in order, also over a restart", async () => {
    const name = `ordered-${placement}`
    const probe = await system.spawn(Probe, { placement, name })
    const stop = system.subscribe(`actor.${name}.*`, (topic) => {
      if (topic.endsWith("restarted")) for (let i = 0; i < 300; i++) nats.publish(`${test.prefix}.${name}.note`, String(i))
      if (topic.endsWith("ready")) for (let i = 300; i < 600; i++) nats.publish(`${test.prefix}.${name}.note`, String(i))
    })
    await system.restart(probe)
    await eventually(async () => (await probe.ask.notedCount()) === 600)
    expect(await probe.ask.noted()).toEqual(Array.from({ length: 600 }, (_, i) => i))
    stop()
    await system.stop(probe)
  })
})
