import { describe, expect, it } from "vitest"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { failureOf, outcomeOf, PLACEMENTS, rowOf, tally } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

describe.each(PLACEMENTS)("the life of an actor: %s", (placement) => {
  it("A1 status only moves forward, and a stopped actor is gone from the list", async () => {
    const probe = await system.spawn(Probe, { placement })
    const { pid, threadId, placement: told } = await probe.ask.where()
    expect(told).toBe(placement)
    expect(pid === process.pid).toBe(placement !== "process")
    expect(threadId === 0).toBe(placement !== "thread")
    expect(await rowOf(system, probe)).toMatchObject({ kind: "probe", placement, status: "running", pid, threadId, restarts: 0 })

    const holding = await hold(system, probe)
    const seen: string[] = []
    const drained = system.drain(probe)
    await eventually(async () => {
      const status = (await rowOf(system, probe))?.status
      if (status !== undefined && seen.at(-1) !== status) seen.push(status)
      return status === "draining"
    })
    holding.release()
    expect(await drained).toMatchObject({ rung: "drain", reason: { type: "shutdown" } })
    expect(["draining", "running,draining"]).toContain(seen.join())
    expect(await rowOf(system, probe)).toBeUndefined()
  })

  it("A1 a restart is a new incarnation behind the same ref and name", async () => {
    const probe = await system.spawn(Probe, { placement, name: `again-${placement}` })
    const first = await probe.ask.where()
    await probe.ask.note("only this life knows")
    await system.restart(probe)
    const second = await probe.ask.where()
    expect(second.life).not.toBe(first.life)
    expect(await probe.ask.noted()).toEqual([])
    expect((await system.lookup(`again-${placement}`))?.id).toBe(probe.id)
    expect((await rowOf(system, probe))?.restarts).toBe(1)

    expect(await failureOf(probe.ask.crash("by request"))).toMatchObject({ name: "TypeError", message: "by request" })
    const third = await eventually(() => probe.ask.where())
    expect(third.life).not.toBe(second.life)
    expect((await rowOf(system, probe))?.restarts).toBe(2)
    await system.stop(probe)
  })

  it("S9 on a crash the message at hand is told of, state is fresh, and ref and name stay valid", async () => {
    const probe = await system.spawn(Probe, { placement, name: `crashed-${placement}` })
    const { life } = await probe.ask.where()
    await probe.ask.note("only this life knows")
    expect(await failureOf(probe.ask.crash("at hand"))).toMatchObject({ name: "TypeError", message: "at hand" })
    expect(await eventually(() => probe.ask.noted())).toEqual([])
    expect((await probe.ask.where()).life).not.toBe(life)
    expect((await system.lookup(`crashed-${placement}`))?.id).toBe(probe.id)
    await system.stop(probe)
  })

  it("A1 several restarts at once are one, and one of an actor that is being stopped is refused", async () => {
    const probe = await system.spawn(Probe, { placement })
    await Promise.all([system.restart(probe), system.restart(probe), system.restart(probe)])
    expect((await rowOf(system, probe))?.restarts).toBe(1)

    const holding = await hold(system, probe)
    const stopped = system.stop(probe)
    expect(["ERR_STOPPING", "ERR_NO_ACTOR"]).toContain((await failureOf(system.restart(probe))).code)
    holding.release()
    expect(await stopped).toMatchObject({ reason: { type: "shutdown" } })
    expect(await rowOf(system, probe)).toBeUndefined()
  })

  it("A2 a handler that awaits holds the actor, unless it is reentrant", async () => {
    const probe = await system.spawn(Probe, { placement })
    await Promise.all([1, 2, 3, 4].map((id) => probe.ask.stepwise(id)))
    expect(await probe.ask.noted()).toEqual([1, 2, 3, 4].flatMap((id) => [`begin ${String(id)}`, `end ${String(id)}`]))

    const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(probe.ask.meet(3))))
    expect(tally(outcomes)).toEqual({ answered: 3 })

    const holding = await hold(system, probe)
    const met = probe.ask.meet(1)
    const noted = probe.ask.noted()
    holding.release()
    await met
    expect(await noted).toContain(`held ${holding.id}`)
    await system.stop(probe)
  })
})
