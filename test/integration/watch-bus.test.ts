import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, ExitReason, Placement } from "../../runtime/index.js"
import { Parent } from "../fixtures/parent.js"
import { Probe } from "../fixtures/probe.js"
import { Watcher } from "../fixtures/watcher.js"
import { eventually } from "../support/eventually.js"
import { outcomeOf, PLACEMENTS, terminationOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let here: ActorSystem
let there: ActorSystem
/** In the other program itself. */
let neighbour: ActorRef<Probe>
let watchers: readonly ActorRef<Watcher>[]
beforeAll(async () => {
  test = await startTestSystem()
  here = test.system
  there = await test.join({ name: "second" })
  neighbour = await there.spawn(Probe)
  watchers = await Promise.all(PLACEMENTS.map((placement) => here.spawn(Watcher, { placement })))
})
afterAll(() => test.stop())

const LONG = { timeoutMs: 30_000 }

/** An actor of the other program as this one knows it, watched by an actor in each placement and by the program. */
async function watched(
  probe: ActorRef<Probe>,
  name: string,
  owners: readonly ActorRef<Probe>[] = [neighbour],
): Promise<ExitReason["type"][]> {
  const ref = ((await here.lookup(name)) as ActorRef<Probe> | undefined) ?? probe
  const told: ExitReason["type"][] = []
  here.watch(ref, (_, { type }) => told.push(type))
  for (const watcher of watchers) await watcher.ask.watch([ref])
  // Every owner knows of the watches by then.
  for (const watcher of watchers) for (const owner of owners) expect(await watcher.ask.reach(owner)).toBe("reached")
  return told
}

/** What every watcher has heard of an actor, once each has heard something. */
async function heardOf(id: string, told: readonly ExitReason["type"][]): Promise<(readonly string[])[]> {
  return eventually(
    async () => {
      const heard = await Promise.all(
        watchers.map(async (watcher) =>
          (await watcher.with(LONG).ask.heard()).flatMap((one) =>
            one.type === "terminated" && one.id === id ? [one.reason] : [],
          ),
        ),
      )
      return told.length > 0 && heard.every((reasons) => reasons.length > 0) ? [told, ...heard] : undefined
    },
    { timeoutMs: 40_000, everyMs: 50, what: "a notice to every watcher" },
  )
}

const each = (reason: string): string[][] => [[reason], [reason], [reason], [reason]]

async function away(meanwhile: () => Promise<void>): Promise<void> {
  await test.bus.kill()
  await meanwhile()
  await test.bus.restart()
  // Both are back when an ask goes from one to the other.
  const probe = await there.spawn(Probe, { restart: "temporary" })
  await eventually(async () => (await outcomeOf(here.lookup("anybody"))) === "answered", { timeoutMs: 20_000 })
  await there.stop(probe)
}

describe.each(PLACEMENTS)("the bus is killed and restarted: %s", (placement: Placement) => {
  it("W5 a watch outlives it, and fires once, when its actor ends afterwards", async () => {
    const name = `after-${placement}`
    const probe = await there.spawn(Probe, { placement, name, restart: "temporary" })
    const told = await watched(probe, name)
    await away(() => Promise.resolve())
    expect(told).toEqual([])
    await there.stop(probe)
    expect(await heardOf(probe.id, told)).toEqual(each("shutdown"))
  })

  it("W5 an actor that ends meanwhile is told of once, and with its reason", async () => {
    const name = `meanwhile-${placement}`
    const probe = await there.spawn(Probe, { placement, name, restart: "temporary" })
    const told = await watched(probe, name)
    const ended = terminationOf(there, probe)
    await away(async () => {
      await there.kill(probe)
      expect((await ended).type).toBe("killed")
    })
    expect(await heardOf(probe.id, told)).toEqual(each("killed"))
  })
})

describe("the bus is killed and restarted", () => {
  it("W5 an actor that was lost with its process meanwhile is told of once", async () => {
    const parent = await there.spawn(Parent, { placement: "process", restart: "temporary" })
    const child = await parent.ask.spawn({ placement: "inline", name: "below", restart: "temporary" })
    const pid = await parent.ask.pid()
    const told = await watched(child, "below", [child])
    const ended = terminationOf(there, parent)
    await away(async () => {
      process.kill(pid, "SIGKILL")
      expect((await ended).type).toBe("signalled")
    })
    expect(await heardOf(child.id, told)).toEqual(each("signalled"))
  })

  it("W5 and of all that ended in these tests nobody has heard twice", async () => {
    for (const watcher of watchers) {
      const ids = (await watcher.with(LONG).ask.heard()).map((one) => (one.type === "terminated" ? one.id : ""))
      expect(ids).toHaveLength(2 * PLACEMENTS.length + 1)
      expect(new Set(ids).size).toBe(ids.length)
    }
  })
})
