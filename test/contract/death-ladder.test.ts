import { describe, expect, it } from "vitest"
import type { ActorRef, SpawnOptions } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { Faulty } from "../fixtures/faulty.js"
import { Parent } from "../fixtures/parent.js"
import { Probe } from "../fixtures/probe.js"
import { Watcher } from "../fixtures/watcher.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { outcomeOf, PLACEMENTS, rowOf, tally, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

describe.each(PLACEMENTS)("the death ladder: %s", (placement) => {
  const spawn = (options: SpawnOptions = {}): Promise<ActorRef<Probe>> => system.spawn(Probe, { placement, ...options })

  it("A4 drain handles all that was accepted, refuses what is new, and says how long it took", async () => {
    const probe = await spawn({ name: `drained-${placement}` })
    const holding = await hold(system, probe)
    const accepted = Array.from({ length: 50 }, (_, i) => outcomeOf(probe.ask.echo(i)))
    const drained = system.drain(probe)
    await eventually(async () => (await rowOf(system, probe))?.status === "draining")
    const refused = await outcomeOf(probe.ask.echo("new"))
    holding.release()
    expect(await drained).toMatchObject({ rung: "drain", reason: { type: "shutdown", known: "requested" } })
    expect((await drained).tookMs).toBeGreaterThan(0)
    expect(tally(await Promise.all(accepted))).toEqual({ answered: 50 })
    expect(refused).toBe("ERR_STOPPING")
    expect(await system.lookup(`drained-${placement}`)).toBeUndefined()
  })

  it("A4 stop finishes the message at hand, and what waits behind it is told that it died before it began", async () => {
    const probe = await spawn()
    const holding = await hold(system, probe)
    const waiting = outcomeOf(probe.ask.echo("behind"))
    const stopped = system.stop(probe)
    holding.release()
    expect(await stopped).toMatchObject({ rung: "stop" })
    expect(await waiting).toBe("ERR_DIED_BEFORE_START")
    expect(await outcomeOf(probe.ask.echo("after"))).toBe("ERR_NO_ACTOR")
  })

  it("A4 an actor that does not stop in its budget is cancelled: its signal reaches the handler", async () => {
    const probe = await spawn({ shutdown: 50 })
    const holding = await hold(system, probe)
    const ending = await system.stop(probe)
    expect(ending).toMatchObject({ rung: "cancel", reason: { type: "shutdown" } })
    expect(ending.tookMs).toBeGreaterThanOrEqual(49)
    expect(await holding.outcome).toBe("answered")
  })

  it("A4 an actor that ignores stop and cancel is killed, and its watcher sees killed (scenario 3)", async () => {
    const parent = await system.spawn(Parent, { placement: "inline" })
    const stubborn = await parent.ask.spawnFaulty({
      fault: "onStopForever",
      options: { placement, shutdown: 50, restart: "temporary" },
    })
    const sibling = await parent.ask.spawn({ placement: "inline", restart: "temporary" })
    const watcher = await system.spawn(Watcher)
    await watcher.ask.watch([stubborn, sibling])
    await system.stop(parent)
    const heard = await eventually(async () => {
      const all = await watcher.ask.heard()
      return all.length >= 2 ? all : undefined
    })
    expect(heard).toContainEqual({ type: "terminated", id: stubborn.id, reason: "killed" })
    expect(heard).toContainEqual({ type: "terminated", id: sibling.id, reason: "shutdown" })
    await system.stop(watcher)
  })

  it("A4 stopping an actor stops its children, in any placement, the youngest first", async () => {
    const parent = await system.spawn(Parent, { placement })
    const children = []
    for (const below of PLACEMENTS) children.push(await parent.ask.spawn({ placement: below }))
    const watcher = await system.spawn(Watcher)
    await watcher.ask.watch(children)
    const pids = await Promise.all(children.map((child) => child.ask.where().then(({ pid }) => pid)))
    await system.stop(parent)
    const heard = await eventually(async () => {
      const all = await watcher.ask.heard()
      return all.length >= 3 ? all : undefined
    })
    expect(heard).toEqual(children.map(({ id }) => ({ type: "terminated", id, reason: "shutdown" })).reverse())
    const parentPid = process.pid
    for (const pid of pids) if (pid !== parentPid) expect(isAlive(pid)).toBe(false)
    await system.stop(watcher)
  })

  it("A4 killing an actor takes its children along, in any placement", async () => {
    const parent = await system.spawn(Parent, { placement, restart: "temporary" })
    const children = []
    for (const below of PLACEMENTS) children.push(await parent.ask.spawn({ placement: below, restart: "temporary" }))
    const pids = await Promise.all(children.map((child) => child.ask.where().then(({ pid }) => pid)))
    const watcher = await system.spawn(Watcher)
    await watcher.ask.watch(children)
    await system.kill(parent)
    for (const pid of pids) if (pid !== process.pid) await eventually(() => !isAlive(pid), { what: `the end of ${String(pid)}` })
    const heard = await eventually(async () => {
      const all = await watcher.ask.heard()
      return all.length >= 3 ? all : undefined
    })
    expect(heard).toHaveLength(3)
    for (const child of children) expect(await outcomeOf(child.with({ timeoutMs: 2000 }).ask.echo(1))).not.toBe("answered")
    await system.stop(watcher)
  })

  it("A4 onStop runs when it is stopped, and what it throws is told as a crash", async () => {
    for (const fault of ["onStop", "onStopLater"] as const) {
      const faulty = await system.spawn(Faulty, { placement, args: { fault }, restart: "temporary" })
      const ended = terminationOf(system, faulty)
      await system.stop(faulty)
      expect(await ended).toMatchObject({ type: "crashed", error: { message: `fault in ${fault}` } })
    }
  })
})

describe("the death ladder of a process", () => {
  it("A4 nothing that a killed process actor started is left, not even what left its process group", async () => {
    const probe = await system.spawn(Probe, { placement: "process", restart: "temporary" })
    const pids = await probe.ask.startPrograms()
    expect(pids.every((pid) => isAlive(pid))).toBe(true)
    await system.kill(probe)
    expect(pids.filter((pid) => isAlive(pid))).toEqual([])
  })

  it("A4 nothing that a crashed process actor started is left", async () => {
    const probe = await system.spawn(Probe, { placement: "process", restart: "temporary" })
    const pids = await probe.ask.startPrograms()
    const ended = terminationOf(system, probe)
    await outcomeOf(probe.ask.crash("with programs running"))
    await ended
    expect(pids.filter((pid) => isAlive(pid))).toEqual([])
  })

  it("A4 a process that ignores SIGTERM is ended by SIGKILL", async () => {
    const probe = await system.spawn(Probe, { placement: "process", restart: "temporary" })
    await probe.ask.ignoreTermination()
    const { pid } = await probe.ask.where()
    const ending = await system.kill(probe)
    expect(ending.reason.type).toBe("killed")
    expect(isAlive(pid)).toBe(false)
  })
})
