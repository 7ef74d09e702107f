import { beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, Placement } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { type Heard, Watcher } from "../fixtures/watcher.js"
import { eventually } from "../support/eventually.js"
import { outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
let watchers: Readonly<Record<Placement, ActorRef<Watcher>>>
beforeAll(async () => {
  const [inline, thread, process] = await Promise.all([
    system.spawn(Watcher, { placement: "inline" }),
    system.spawn(Watcher, { placement: "thread" }),
    system.spawn(Watcher, { placement: "process" }),
  ])
  watchers = { inline, thread, process }
})

const PAIRS = PLACEMENTS.flatMap((watching) => PLACEMENTS.map((watched) => [watching, watched] as const))

describe.each(PAIRS)("watching: %s watches %s", (watching, watched) => {
  const spawn = (): Promise<ActorRef<Probe>> => system.spawn(Probe, { placement: watched, restart: "transient" })
  const heardOf = async (ref: ActorRef): Promise<Heard[]> =>
    (await watchers[watching].ask.heard()).filter((one) => one.type === "terminated" && one.id === ref.id)

  it("W1 a watch gives exactly one notice, none for a restart, and none once it was taken back", async () => {
    const watcher = watchers[watching]
    const [probe, other] = await Promise.all([spawn(), spawn()])
    await watcher.ask.watch([probe, probe])
    await watcher.ask.watch([probe])
    await outcomeOf(probe.ask.crash("and comes back"))
    await eventually(async () => (await outcomeOf(probe.ask.echo(1))) === "answered")
    expect(await heardOf(probe)).toEqual([])
    await system.stop(probe)
    await eventually(async () => (await heardOf(probe)).length > 0)
    // A second notice would come before the answer to what follows on the same way.
    await watcher.ask.watch([probe])
    await eventually(async () => (await heardOf(probe)).length > 1)
    expect(await watcher.ask.unwatch([probe])).toEqual([false])
    expect(await heardOf(probe)).toEqual([
      { type: "terminated", id: probe.id, reason: "shutdown" },
      { type: "terminated", id: probe.id, reason: "no-such-actor" },
    ])

    await watcher.ask.watch([other])
    expect(await watcher.ask.unwatch([other])).toEqual([true])
    expect(await watcher.ask.unwatch([other])).toEqual([false])
    await system.stop(other)
    // Told on the same way, and after it.
    await watcher.ask.watch([other])
    await eventually(async () => (await heardOf(other)).length > 0)
    expect(await heardOf(other)).toEqual([{ type: "terminated", id: other.id, reason: "no-such-actor" }])
  })
})

describe.each(PLACEMENTS)("watching: %s", (placement) => {
  it("W1 100 × 100 races of unwatch and exit: never a notice after unwatch returned true (scenario 7)", async () => {
    // Inline actors of the same program are the densest race; they live where the watcher does not, for the others.
    const rounds = 100
    const watcher = watchers[placement]
    await watcher.ask.drainHeard()
    let takenBack = 0
    for (let round = 0; round < rounds; round++) {
      const refs = await Promise.all(Array.from({ length: 100 }, () => system.spawn(Probe, { restart: "temporary" })))
      const unwatched = new Set(await watcher.with({ timeoutMs: 20_000 }).ask.race({ refs, turns: round % 4 }))
      takenBack += unwatched.size
      const told = (): Promise<Heard[]> => watcher.with({ timeoutMs: 20_000 }).ask.drainHeard()
      const heard: Heard[] = []
      await eventually(async () => {
        heard.push(...(await told()))
        return heard.length >= refs.length - unwatched.size
      })
      const ids = heard.map((one) => (one.type === "terminated" ? one.id : ""))
      expect(ids.filter((id) => unwatched.has(id))).toEqual([])
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length).toBe(refs.length - unwatched.size)
    }
    expect(takenBack).toBeGreaterThan(0)
  })

  it("W2 a name is free before the watcher is told, and the old watch does not fire for the new actor", async () => {
    const name = `heir-${placement}`
    const watcher = await system.spawn(Watcher)
    await watcher.ask.respawnAs(name)
    const first = await system.spawn(Probe, { placement, name, restart: "temporary" })
    await watcher.ask.watch([first])
    await system.kill(first)
    await eventually(async () => (await watcher.ask.respawned()) !== "")
    expect(await watcher.ask.respawned()).toBe("spawned")
    const second = await system.lookup(name)
    expect(second?.id).not.toBe(first.id)
    if (second !== undefined) await system.stop(second)
    expect((await watcher.ask.heard()).filter((one) => one.type === "terminated")).toHaveLength(1)
    await system.stop(watcher)
  })
})
