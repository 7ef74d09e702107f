import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, SpawnOptions } from "../../runtime/index.js"
import { Recruit } from "../fixtures/recruit.js"
import { Flaky, type FlakyArgs, startsIn } from "../fixtures/flaky.js"
import { eventually } from "../support/eventually.js"
import { outcomeOf, PLACEMENTS, rowOf, tally, terminationOf } from "../support/outcome.js"
import { tempDir } from "../support/temp-dir.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(() => test.stop())

const fresh = (): string => {
  const file = join(tempDir(), "starts")
  writeFileSync(file, "")
  return file
}

describe.each(PLACEMENTS)("an actor that stops itself: %s", (placement) => {
  it("S4 is started again, and what comes meanwhile waits for that", async () => {
    const recruit = await system.spawn(Recruit, { placement, args: { stopsAfterMs: 50 } })
    await recruit.ask.finish()
    const outcome = await outcomeOf(recruit.ask.count())
    // What has crossed the bus to a process that ends is not kept.
    expect(placement === "process" ? ["answered", "ERR_DIED_BEFORE_START"] : ["answered"]).toContain(outcome)
    await eventually(async () => (await rowOf(system, recruit))?.restarts === 1)
    await system.stop(recruit)
  })

  it("S4 refuses what comes meanwhile when it is stopped from outside as well", async () => {
    const recruit = await system.spawn(Recruit, { placement, args: { stopsAfterMs: 50 } })
    await recruit.ask.finish()
    const stopped = system.stop(recruit)
    const outcome = await outcomeOf(recruit.ask.count())
    expect(["ERR_STOPPING", "ERR_DIED_BEFORE_START", "ERR_NO_ACTOR"]).toContain(outcome)
    expect((await stopped).reason.type).toBe("normal")
  })
})

describe.each(PLACEMENTS)("a restart that fails: %s", (placement) => {
  const spawn = (args: FlakyArgs, options: SpawnOptions = {}): Promise<ActorRef<Flaky>> =>
    system.spawn(Flaky, { placement, args, ...options })

  it("S5 is followed by one start and not two, and counts once", async () => {
    const file = fresh()
    const flaky = await spawn({ file, fails: [2] })
    await outcomeOf(flaky.ask.crash())
    await eventually(async () => (await rowOf(system, flaky))?.status === "running" && startsIn(file) >= 3)
    expect(await flaky.ask.starts()).toBe(3)
    expect(await rowOf(system, flaky)).toMatchObject({ restarts: 2, restartsLeft: 1 })
    await system.stop(flaky)
    expect(startsIn(file)).toBe(3)
  })

  it("S7 keeps the messages that wait for the next try", async () => {
    const file = fresh()
    const flaky = await spawn({ file, fails: [2, 3] })
    await outcomeOf(flaky.ask.crash())
    // What leaves before its host is known to be dead meets a dying host.
    await eventually(() => startsIn(file) >= 2)
    const outcomes: Promise<string>[] = []
    await eventually(() => {
      outcomes.push(outcomeOf(flaky.with({ timeoutMs: 20_000 }).ask.starts()))
      return startsIn(file) >= 4
    })
    expect(tally(await Promise.all(outcomes))).toEqual({ answered: outcomes.length })
    await system.stop(flaky)
  })

  it("S6 is over when its actor is stopped meanwhile, and it is not started again", async () => {
    const file = fresh()
    const flaky = await spawn({ file, fails: [], hangs: [2] })
    const ended = terminationOf(system, flaky)
    await outcomeOf(flaky.ask.crash())
    await eventually(() => startsIn(file) === 2)
    expect(await system.stop(flaky)).toMatchObject({ rung: "stop" })
    await ended
    expect(await rowOf(system, flaky)).toBeUndefined()
    expect(startsIn(file)).toBe(2)
  })
})
