import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { startTestBus, type TestBus } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS, terminationOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
/** One without a bus. */
let lonely: ActorSystem
/** One that logs. */
let loud: ActorSystem
/** One on a bus that carries 8 KiB in a message. */
let narrow: ActorSystem
let narrowBus: TestBus
beforeAll(async () => {
  // Before the system, whose end looks for whatever was started since.
  narrowBus = await startTestBus({ maxPayload: 8192 })
  test = await startTestSystem()
  system = test.system
  lonely = await test.join({ bus: false })
  loud = await test.join({ name: "loud", logLevel: "error" })
  const { url, user, password } = narrowBus
  narrow = await test.join({ bus: url.replace("://", `://${user}:${password}@`) })
})
afterAll(async () => {
  await test.stop()
  await narrowBus.stop()
})

/** What is logged from now on, until the test ends. */
function logged(): string[] {
  const lines: string[] = []
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    lines.push(String(chunk))
    return true
  })
  onTestFinished(() => spy.mockRestore())
  return lines
}

/** Everything published on a topic from now on, as the program hears it. */
async function hearing(on: ActorSystem, topic: string, speaker: ActorRef<Scheduler>): Promise<unknown[]> {
  const heard: unknown[] = []
  onTestFinished(on.subscribe(topic, (_, data) => heard.push(data)))
  await eventually(async () => {
    await speaker.ask.announce({ topic, data: "first" })
    return heard.length > 0
  })
  return heard
}

describe.each(PLACEMENTS)("publishing: %s", (placement) => {
  it("A6 a subscriber that throws is logged, and keeps neither the publisher nor anybody else from the event", async () => {
    const topic = `throwing.${placement}`
    const speaker = await system.spawn(Scheduler, { placement, name: `speaker-${placement}` })
    const listener = await system.spawn(Scheduler, { placement })
    await listener.ask.listen(topic)
    const lines = logged()
    for (const on of [system, loud])
      onTestFinished(
        on.subscribe(topic, () => {
          throw new Error("the subscriber's own fault")
        }),
      )
    const heard = await hearing(system, topic, speaker)
    await hearing(loud, topic, speaker)
    await speaker.ask.announce({ topic, data: "last" })
    await eventually(() => heard.includes("last"))
    await eventually(async () => (await listener.ask.log()).some((one) => (one as { data: unknown }).data === "last"))
    const line = lines.find((one) => one.includes("the subscriber's own fault")) ?? ""
    expect(line).toContain("the program")
    expect(line).toContain(topic)
    await Promise.all([speaker, listener].map((ref) => system.stop(ref)))
  })

  it("M8 an event that the bus cannot carry is refused to its publisher, with its size, and nobody hears it", async () => {
    const topic = `large.${placement}`
    const speaker = await system.spawn(Scheduler, { placement })
    const heard = await hearing(system, topic, speaker)
    const failure = await failureOf(speaker.ask.announce({ topic, data: "x".repeat(2 * 1024 * 1024) }))
    expect(failure).toMatchObject({ code: "ERR_TOO_LARGE", data: { size: 2 * 1024 * 1024 + 2 } })
    expect(failure.message).toContain(topic)
    await eventually(async () => (await outcomeOf(speaker.ask.announce({ topic, data: "after" }))) === "answered")
    await eventually(() => heard.includes("after"))
    expect(heard.filter((data) => data !== "first" && data !== "after")).toEqual([])
    await system.stop(speaker)
  })

  it("M8 an event that cannot be encoded is refused to its publisher, with the path, and nobody hears it", async () => {
    for (const on of placement === "process" ? [system] : [system, lonely]) {
      const topic = `function.${placement}`
      const speaker = await on.spawn(Scheduler, { placement })
      const heard = await hearing(on, topic, speaker)
      const failure = await failureOf(speaker.ask.announceFunction(topic))
      expect(failure).toMatchObject({ code: "ERR_UNENCODABLE", data: { path: "deep[0].run" } })
      await eventually(async () => (await outcomeOf(speaker.ask.announce({ topic, data: "after" }))) === "answered")
      await eventually(() => heard.includes("after"))
      expect(heard.filter((data) => data !== "first" && data !== "after")).toEqual([])
      await on.stop(speaker)
    }
  })

  it("a topic that hosts use among themselves is refused to its publisher", async () => {
    const speaker = await system.spawn(Scheduler, { placement, restart: "temporary" })
    expect(() => system.publish("_host.down", { host: "h" })).toThrow(/^topic: expected one that does not begin with "_"/)
    expect(await failureOf(speaker.ask.announce({ topic: "_host.down", data: {} }))).toMatchObject({ code: "ERR_BAD_OPTION" })
  })

  it("A6 the death of an actor is told although all that is known of it is too much for an event, and the program lives", async () => {
    const name = `loud-${placement}`
    const probe = await narrow.spawn(Probe, { placement, name, restart: "temporary" })
    const heard: unknown[] = []
    onTestFinished(narrow.subscribe(`actor.${name}.crashed`, (_, data) => heard.push(data)))
    const ended = terminationOf(narrow, probe)
    await outcomeOf(probe.ask.crash("x".repeat(10_000)))
    expect((await ended).type).toBe("crashed")
    await eventually(() => heard.length > 0)
    expect(heard).toEqual([expect.objectContaining({ name, reason: expect.objectContaining({ type: "crashed" }) as unknown })])
    expect(await outcomeOf(narrow.spawn(Probe, { name }).then((ref) => narrow.stop(ref)))).toBe("answered")
  })
})

describe("what the program does at an end", () => {
  it("A6 when it throws it is logged, and everybody else is told", async () => {
    const lines = logged()
    const probe = await loud.spawn(Probe)
    const first = terminationOf(loud, probe)
    loud.watch(probe, () => {
      throw new Error("the watcher's own fault")
    })
    const last = terminationOf(loud, probe)
    await loud.stop(probe)
    expect([(await first).type, (await last).type]).toEqual(["shutdown", "shutdown"])
    expect(lines.filter((line) => line.includes("the watcher's own fault"))).toEqual([expect.stringContaining("the program")])
  })
})

describe("dead letters", () => {
  it("A6 a message that cannot be sent is published as a dead letter although its error is long", async () => {
    const heard: unknown[] = []
    onTestFinished(system.subscribe("dead-letter", (_, data) => heard.push(data)))
    const probe = await system.spawn(Probe, { placement: "thread" })
    probe.tell.note({ ["k".repeat(3 * 1024 * 1024)]: () => 1 })
    await eventually(() => heard.some((data) => (data as { code?: unknown }).code === "ERR_UNENCODABLE"))
    await system.stop(probe)
  })
})
