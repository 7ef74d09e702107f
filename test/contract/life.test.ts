import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorSystem } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS, rowOf, tally, terminationOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(() => test.stop())

describe.each(PLACEMENTS)("the life of an actor: %s", (placement) => {
  it("A1 an actor runs where it was placed", async () => {
    const probe = await system.spawn(Probe, { placement })
    const { pid, threadId, placement: told } = await probe.ask.where()
    expect(told).toBe(placement)
    expect(pid === process.pid).toBe(placement !== "process")
    expect(threadId === 0).toBe(placement !== "thread")
    expect(await rowOf(system, probe)).toMatchObject({ kind: "probe", placement, status: "running", pid, restarts: 0 })
    await system.stop(probe)
  })

  it("A1 status only moves forward, and a stopped actor is gone from the list", async () => {
    const probe = await system.spawn(Probe, { placement, restart: "temporary" })
    const release = new AbortController()
    const held = outcomeOf(probe.with({ signal: release.signal }).ask.hold(1))
    const seen: string[] = []
    const drained = system.drain(probe)
    await eventually(async () => {
      const status = (await rowOf(system, probe))?.status
      if (status !== undefined && seen.at(-1) !== status) seen.push(status)
      return status === "draining"
    })
    release.abort()
    expect(await held).toBe("ERR_CANCELLED")
    expect(await drained).toMatchObject({ rung: "drain", reason: { type: "shutdown" } })
    expect(["draining", "running,draining"]).toContain(seen.join())
    expect(await rowOf(system, probe)).toBeUndefined()
  })

  it("A1 a restart is a new incarnation behind the same ref and name", async () => {
    const probe = await system.spawn(Probe, { placement, name: `again-${placement}` })
    const before = await probe.ask.where()
    await probe.ask.note("only this life knows")
    await system.restart(probe)
    const after = await probe.ask.where()
    expect(after.life).not.toBe(before.life)
    expect(await probe.ask.noted()).toEqual([])
    expect((await system.lookup(`again-${placement}`))?.id).toBe(probe.id)
    expect((await rowOf(system, probe))?.restarts).toBe(1)
    await system.stop(probe)
  })

  it("A1 a crashed actor comes back behind the same ref, with fresh state", async () => {
    const probe = await system.spawn(Probe, { placement })
    const before = await probe.ask.where()
    const failure = await failureOf(probe.ask.crash("by request"))
    expect(failure).toMatchObject({ name: "TypeError", message: "by request" })
    const after = await probe.ask.where()
    expect(after.life).not.toBe(before.life)
    await system.stop(probe)
  })

  it("A2 a handler that awaits holds the actor", async () => {
    const probe = await system.spawn(Probe, { placement })
    await Promise.all([1, 2, 3, 4].map((id) => probe.ask.stepwise(id)))
    const expected = [1, 2, 3, 4].flatMap((id) => [`begin ${String(id)}`, `end ${String(id)}`])
    expect(await probe.ask.noted()).toEqual(expected)
    await system.stop(probe)
  })

  it("A2 a reentrant handler that awaits lets others in", async () => {
    const probe = await system.spawn(Probe, { placement })
    const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(probe.ask.meet(3))))
    expect(tally(outcomes)).toEqual({ answered: 3 })
    await system.stop(probe)
  })

  it("A2 a handler that is not reentrant keeps even reentrant ones out", async () => {
    const probe = await system.spawn(Probe, { placement })
    const release = new AbortController()
    const held = outcomeOf(probe.with({ signal: release.signal }).ask.hold("first"))
    const met = probe.ask.meet(1).then(() => probe.ask.noted())
    release.abort()
    expect(await held).toBe("ERR_CANCELLED")
    expect(await met).toEqual(["held first"])
    await system.stop(probe)
  })

  it("A3 normal: it stopped itself", async () => {
    const probe = await system.spawn(Probe, { placement, restart: "transient" })
    const ended = terminationOf(system, probe)
    await probe.ask.stop()
    expect(await ended).toEqual({ type: "normal", known: "returned" })
  })
})
