// Event loops that do not turn: in a handler that takes its time, in one that never returns, in a process that is stopped.

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, rowOf, terminationOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(() => test.stop())

/** Long enough that a loop which turns is heard in it, however loaded the machine is. */
const LIMIT_MS = 1600
const WAIT = { timeoutMs: 30_000 }
const HUNG = { type: "unresponsive", known: "missed-heartbeats" }
const HANGABLE = ["thread", "process"] as const

let count = 0
const nextName = (): string => `hang${String(++count)}`

interface Told {
  readonly event: string
  readonly reason?: unknown
  readonly silentMs?: number
  readonly stopped?: boolean
}

/** What is told of a named actor's life, in order. */
function storyOf(name: string): { told: Told[]; events: () => string[] } {
  const told: Told[] = []
  system.subscribe(`actor.${name}.*`, (topic, data) => told.push({ ...(data as object), event: topic.split(".")[2] ?? "" }))
  return { told, events: () => told.map(({ event }) => event) }
}

async function statusOf(ref: ActorRef): Promise<string | undefined> {
  return (await rowOf(system, ref))?.status
}

describe.each(HANGABLE)("an event loop that does not turn: %s", (placement) => {
  it("S15 a handler that works for less than the limit is busy, and is not accused", { timeout: 60_000 }, async () => {
    const name = nextName()
    const story = storyOf(name)
    const probe = await system.spawn(Probe, { name, placement, unresponsiveMs: 30_000, onUnresponsive: "kill" })
    const before = await probe.ask.where()
    const work = outcomeOf(probe.with(WAIT).ask.busy(6000))
    await eventually(async () => (await statusOf(probe)) === "busy", { ...WAIT, what: "busy" })
    expect(await work).toBe("answered")
    await eventually(async () => (await statusOf(probe)) === "running", WAIT)
    expect((await probe.ask.where()).life).toBe(before.life)
    expect(story.events()).toEqual(["started", "ready"])
    await system.stop(probe)
  })

  it("S15 a handler that does not return is reported once, and the actor is left alone", { timeout: 60_000 }, async () => {
    const name = nextName()
    const story = storyOf(name)
    const probe = await system.spawn(Probe, { name, placement, unresponsiveMs: LIMIT_MS })
    const spinning = outcomeOf(probe.with(WAIT).ask.spin())
    await eventually(async () => (await statusOf(probe)) === "unresponsive", { ...WAIT, what: "unresponsive" })
    await eventually(() => story.events().includes("unresponsive"))
    expect(story.told.at(-1)?.silentMs).toBeGreaterThanOrEqual(LIMIT_MS)
    expect(story.told.at(-1)?.stopped).toBe(false)
    await system.kill(probe)
    expect(await spinning).toBe("ERR_DIED_WHILE_HANDLING")
    await eventually(() => story.events().includes("killed"))
    expect(story.events()).toEqual(["started", "ready", "unresponsive", "killed"])
    expect(story.told.at(-1)?.reason).toMatchObject({ type: "killed" })
  })

  it("S15 one that hangs is replaced when that is asked for, and its messages are settled", { timeout: 60_000 }, async () => {
    const name = nextName()
    const story = storyOf(name)
    const options = { name, placement, unresponsiveMs: LIMIT_MS, onUnresponsive: "restart", restart: "transient" } as const
    const probe = await system.spawn(Probe, options)
    const before = await probe.ask.where()
    const spinning = outcomeOf(probe.with(WAIT).ask.spin())
    expect(await spinning).toBe("ERR_DIED_WHILE_HANDLING")
    const after = await probe.with(WAIT).ask.where()
    expect(after.life).not.toBe(before.life)
    if (placement === "process") expect(isAlive(before.pid)).toBe(false)
    await eventually(() => story.events().filter((event) => event === "ready").length === 2)
    expect(story.events()).toEqual(["started", "ready", "unresponsive", "crashed", "restarted", "ready"])
    expect(story.told[3]?.reason).toEqual(HUNG)
    expect(await rowOf(system, probe)).toMatchObject({ status: "running", restarts: 1, lastExit: HUNG })
    await system.stop(probe)
  })

  it("S15 one that hangs is ended for good when that is asked for", { timeout: 60_000 }, async () => {
    const probe = await system.spawn(Probe, { placement, unresponsiveMs: LIMIT_MS, onUnresponsive: "kill" })
    const terminated = terminationOf(system, probe)
    const spinning = outcomeOf(probe.with(WAIT).ask.spin())
    expect(await terminated).toEqual(HUNG)
    expect(await spinning).toBe("ERR_DIED_WHILE_HANDLING")
    expect(await rowOf(system, probe)).toBeUndefined()
  })
})

describe("a process that is stopped by a signal", () => {
  it("S15 is reported, and forgiven when it goes on (scenario 12)", { timeout: 60_000 }, async () => {
    const name = nextName()
    const story = storyOf(name)
    const probe = await system.spawn(Probe, { name, placement: "process", unresponsiveMs: LIMIT_MS })
    const before = await probe.ask.where()
    process.kill(before.pid, "SIGSTOP")
    await eventually(async () => (await statusOf(probe)) === "unresponsive", { ...WAIT, what: "unresponsive" })
    const asked = probe.with(WAIT).ask.where()
    process.kill(before.pid, "SIGCONT")
    await eventually(async () => (await statusOf(probe)) === "running", { ...WAIT, what: "forgiveness" })
    expect((await asked).life).toBe(before.life)
    await eventually(() => story.events().length >= 4)
    expect(story.events()).toEqual(["started", "ready", "unresponsive", "responsive"])
    expect(story.told[2]?.stopped).toBe(true)
    await system.stop(probe)
  })

  it(
    "S15 is replaced when that is asked for, and is gone before the next one starts (scenario 12)",
    { timeout: 60_000 },
    async () => {
      const name = nextName()
      const aliveAtRestart: boolean[] = []
      let old = 0
      system.subscribe(`actor.${name}.restarted`, () => aliveAtRestart.push(isAlive(old)))
      const options = { name, placement: "process", unresponsiveMs: LIMIT_MS, onUnresponsive: "restart" } as const
      const probe = await system.spawn(Probe, options)
      old = (await probe.ask.where()).pid
      await probe.ask.ignoreTermination()
      process.kill(old, "SIGSTOP")
      await eventually(() => aliveAtRestart.length === 1, { ...WAIT, what: "its restart" })
      expect(aliveAtRestart).toEqual([false])
      expect(() => process.kill(old, "SIGCONT")).toThrow("ESRCH")
      const after = await probe.with(WAIT).ask.where()
      expect(after.pid).not.toBe(old)
      expect(await rowOf(system, probe)).toMatchObject({ status: "running", restarts: 1, pid: after.pid, lastExit: HUNG })
      await system.stop(probe)
    },
  )
})

describe("an observer that was late itself", () => {
  it("S15 accuses nobody of what it did not see", { timeout: 60_000 }, async () => {
    const name = nextName()
    const story = storyOf(name)
    const probe = await system.spawn(Probe, { name, placement: "process", unresponsiveMs: LIMIT_MS, onUnresponsive: "kill" })
    const { pid, life } = await probe.ask.where()
    process.kill(pid, "SIGSTOP")
    // Nobody looks while this, the observer's loop, is blocked. The look after the first time sees the last beat before the stop, the
    // one after the second time sees none since.
    for (const blockedMs of [LIMIT_MS / 4, 2 * LIMIT_MS]) {
      const end = performance.now() + blockedMs
      while (performance.now() < end);
      for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve))
    }
    process.kill(pid, "SIGCONT")
    expect((await probe.with(WAIT).ask.where()).life).toBe(life)
    expect(story.events()).toEqual(["started", "ready"])
    await system.stop(probe)
  })
})

describe("what an actor may be told of it", () => {
  it("S12 S15 a limit or a policy that cannot be is refused, naming the field", async () => {
    for (const placement of HANGABLE) {
      for (const unresponsiveMs of [0, -1, 199, NaN, "1s" as unknown as number])
        expect(await failureOf(system.spawn(Probe, { placement, unresponsiveMs }))).toMatchObject({
          code: "ERR_BAD_OPTION",
          data: { option: "unresponsiveMs" },
        })
      expect(await failureOf(system.spawn(Probe, { placement, onUnresponsive: "ignore" as "report" }))).toMatchObject({
        code: "ERR_BAD_OPTION",
        data: { option: "onUnresponsive" },
      })
    }
    for (const given of [{ unresponsiveMs: 1000 }, { onUnresponsive: "report" } as const])
      expect(await failureOf(system.spawn(Probe, given))).toMatchObject({
        code: "ERR_BAD_OPTION",
        data: { option: Object.keys(given)[0] },
      })
  })
})
