import { describe, expect, it } from "vitest"
import type { ActorRef, Placement } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { TrappingTwin, Twin } from "../fixtures/twin.js"
import { eventually } from "../support/eventually.js"
import { PLACEMENTS, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
const PAIRS = PLACEMENTS.flatMap((one) => PLACEMENTS.map((other) => [one, other] as const))
const twin = (placement: Placement, restart: "temporary" | "permanent" = "temporary"): Promise<ActorRef<Twin>> =>
  system.spawn(Twin, { placement, restart })

describe.each(PAIRS)("a link between %s and %s", (one, other) => {
  it("W3 an abnormal end of either ends the other, with the same reason", async () => {
    for (const crashes of ["linker", "linked"]) {
      const [linker, linked] = await Promise.all([twin(one), twin(other)])
      await linker.ask.link(linked)
      const ends = [linker, linked].map((ref) => terminationOf(system, ref))
      await (crashes === "linker" ? linker : linked).ask.crash().catch(() => undefined)
      for (const reason of await Promise.all(ends)) expect(reason).toMatchObject({ type: "crashed", error: { message: "twin" } })
    }
  })

  it("W3 an orderly end leaves the other alone, and so does an abnormal one after unlink", async () => {
    const [linker, linked, third] = await Promise.all([twin(one), twin(other), twin(other)])
    await linker.ask.link(linked)
    await linker.ask.link(third)
    const life = await linker.ask.life()
    expect(await linker.ask.unlink(third)).toBe(true)
    expect(await linker.ask.unlink(third)).toBe(false)
    const ends = [linked, third].map((ref) => terminationOf(system, ref))
    await system.stop(linked)
    await third.ask.crash().catch(() => undefined)
    await Promise.all(ends)
    expect(await linker.ask.life()).toBe(life)
    await system.stop(linker)
  })

  it("W3 who traps exits is told of the end and lives on, but cannot trap a kill of its own", async () => {
    const [trapper, linked] = await Promise.all([
      system.spawn(TrappingTwin, { placement: one, restart: "temporary" }),
      twin(other),
    ])
    await trapper.ask.link(linked)
    await linked.ask.crash().catch(() => undefined)
    await eventually(async () => (await trapper.ask.heard()).length === 1)
    expect(await trapper.ask.heard()).toEqual([{ id: linked.id, reason: "crashed" }])
    const ended = terminationOf(system, trapper)
    await system.kill(trapper)
    expect(await ended).toMatchObject({ type: "killed" })
  })

  it("W3 a link belongs to one incarnation: the next life of either is linked to nobody", async () => {
    const [linker, linked] = await Promise.all([twin(one, "permanent"), twin(other, "permanent")])
    await linker.ask.link(linked)
    const lives = await Promise.all([linker.ask.life(), linked.ask.life()])
    await linked.ask.crash().catch(() => undefined)
    const changed = async (ref: ActorRef<Twin>, was: string | undefined): Promise<boolean> => (await ref.ask.life()) !== was
    await eventually(() => changed(linker, lives[0]))
    await eventually(() => changed(linked, lives[1]))
    const life = await linker.ask.life()
    await linked.ask.crash().catch(() => undefined)
    await eventually(async () => (await system.ps()).find(({ id }) => id === linked.id)?.restarts === 2, { timeoutMs: 15_000 })
    expect(await linker.ask.life()).toBe(life)
    await Promise.all([system.stop(linker), system.stop(linked)])
  })
})

describe.each(PLACEMENTS)("%s", (placement) => {
  it("W3 a link with an actor that has ended ends the one who links, with no-such-actor", async () => {
    const [linker, gone] = await Promise.all([twin(placement), twin("inline")])
    await system.kill(gone)
    const ended = terminationOf(system, linker)
    await linker.ask.link(gone).catch(() => undefined)
    expect(await ended).toMatchObject({ type: "no-such-actor" })
  })

  it("W3 the loss of a thread or process ends who was linked with an actor in it", async () => {
    const linker = await twin(placement)
    const victims = await Promise.all(
      (["thread", "process"] as const).map((at) => system.spawn(Probe, { placement: at, restart: "temporary" })),
    )
    for (const victim of victims) {
      const other = await twin(placement)
      const ended = terminationOf(system, other)
      await other.ask.link(victim)
      victim.tell.exit(3)
      expect(await ended).toMatchObject({ type: "exited", code: 3 })
    }
    await system.stop(linker)
  })

  it("W4 who watches and has no onTerminated ends with the reason of the watched one", async () => {
    const [watcher, watched] = await Promise.all([twin(placement), twin("inline")])
    const ended = terminationOf(system, watcher)
    await watcher.ask.watch(watched)
    await watched.ask.crash().catch(() => undefined)
    expect(await ended).toMatchObject({ type: "crashed", error: { message: "twin" } })
  })

  it("W4 who has an onTerminated lives on", async () => {
    const [watcher, watched] = await Promise.all([
      system.spawn(TrappingTwin, { placement, restart: "temporary" }),
      twin("inline"),
    ])
    await watcher.ask.watch(watched)
    await system.stop(watched)
    await eventually(async () => (await watcher.ask.heard()).length === 1)
    expect(await watcher.ask.heard()).toEqual([{ id: watched.id, reason: "shutdown" }])
    await system.stop(watcher)
  })
})
