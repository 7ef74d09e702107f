// The supervision matrix, laid out as Erlang/OTP's own suite does it: strategies, restart types and exit reasons, escalation, failure
// during a restart, shutdown. Each over children inline, in threads, in processes and mixed.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Placement } from "../../runtime/index.js"
import { eventually } from "../support/eventually.js"
import { failureOf } from "../support/outcome.js"
import { FailSwitch, Squad, type SquadOptions } from "../support/squad.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
const dir = mkdtempSync(join(tmpdir(), "tr-fail-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const TREES: readonly (readonly [string, readonly Placement[]])[] = [
  ["inline", ["inline"]],
  ["thread", ["thread"]],
  ["process", ["process"]],
  ["mixed", ["inline", "thread", "process"]],
]
const ABC = [{ id: "a" }, { id: "b" }, { id: "c" }]

describe.each(TREES)("a supervisor of children placed %s", (_, childPlacements) => {
  const squad = (options: Partial<SquadOptions> = {}): Promise<Squad> =>
    new Squad(system).start({ childPlacements, children: ABC, intensity: { maxRestarts: 20 }, ...options })
  const started = ["a started", "a ready", "b started", "b ready", "c started", "c ready"]

  it("S1 starts its children in order, each after the one before is ready, and stops them in reverse", async () => {
    const group = await squad({ children: ABC.map((child) => ({ ...child, readyAfterMs: 30 })) })
    await group.wrote(started)
    await system.stop(group.ref)
    await group.wrote(["c stopped", "b stopped", "a stopped"], started.length)
    expect(await group.ended).toMatchObject({ type: "shutdown" })
  })

  it("S2 a child that does not start stops those before it, last one first, and fails the start naming child and cause", async () => {
    const fail = new FailSwitch(dir)
    fail.on()
    const group = new Squad(system)
    const children = [{ id: "a" }, { id: "b" }, { id: "c", failsWhile: fail.path }, { id: "d" }]
    const failure = await failureOf(group.start({ childPlacements, children }))
    expect(failure.code).toBe("ERR_START_FAILED")
    expect(failure.cause).toMatchObject({ code: "ERR_CHILD_FAILED", data: { child: "c" } })
    expect(failure.message).toContain("told to fail")
    await group.wrote(["a started", "a ready", "b started", "b ready", "c started", "b stopped", "a stopped"])
    expect(await system.lookup(group.nameOf("a"))).toBeUndefined()
  })

  it("S3 one-for-one starts only the child again that failed", async () => {
    const group = await squad({ strategy: "one-for-one" })
    await group.crash("b")
    await group.wrote(["b crashed", "b restarted", "b ready"], started.length)
    expect(await group.restartsOf()).toEqual({ a: 0, b: 1, c: 0 })
    await system.stop(group.ref)
  })

  it("S3 one-for-all ends the others in reverse order and starts all again in order", async () => {
    const group = await squad({ strategy: "one-for-all" })
    await group.crash("b")
    await group.wrote(
      ["b crashed", "c stopped", "a stopped", "a restarted", "a ready", "b restarted", "b ready", "c restarted", "c ready"],
      started.length,
    )
    await system.stop(group.ref)
  })

  it("S3 S13 rest-for-one starts the child again that failed and those after it, and leaves those before it alone", async () => {
    const group = await squad({ strategy: "rest-for-one" })
    await group.crash("b")
    await group.wrote(["b crashed", "c stopped", "b restarted", "b ready", "c restarted", "c ready"], started.length)
    expect(await group.restartsOf()).toEqual({ a: 0, b: 1, c: 1 })
    await system.stop(group.ref)
  })

  it.each(["one-for-one", "one-for-all", "rest-for-one"] as const)(
    "S5 %s: one restart too many stops all children and ends the supervisor with shutdown",
    async (strategy) => {
      const group = await squad({ strategy, intensity: { maxRestarts: 2, withinMs: 60_000 } })
      for (let i = 0; i < 3; i++) {
        await group.restarted("a", i)
        await group.crash("a")
      }
      expect(await group.ended).toEqual({ type: "shutdown", known: "restart-intensity" })
      expect(group.journal.slice(-2)).toEqual(["c stopped", "b stopped"])
      for (const id of ["a", "b", "c"]) expect(await system.lookup(group.nameOf(id))).toBeUndefined()
    },
  )

  it("S6 S5 a child that cannot start again never blocks its supervisor, and each failed try counts (scenario 5)", async () => {
    const fail = new FailSwitch(dir)
    const children = [{ id: "a", failsWhile: fail.path }, { id: "b" }]
    const group = await squad({ children, intensity: { maxRestarts: 4, withinMs: 60_000 }, backoff: { minMs: 60, jitter: 0 } })
    fail.on()
    await group.crash("a")
    await eventually(async () => (await group.row("a")).restarts >= 2, { timeoutMs: 15_000, what: "a second try" })
    expect((await group.row("a")).status).toBe("restarting")
    expect(await (await group.child("b")).ask.count()).toBe(1)
    expect(await group.ended).toEqual({ type: "shutdown", known: "restart-intensity" })
    expect(group.journal.filter((line) => line === "a restarted")).toHaveLength(4)
  })

  it("S6 a supervisor stops a child that cannot start again, and itself meanwhile", async () => {
    const fail = new FailSwitch(dir)
    const children = [
      { id: "a", failsWhile: fail.path },
      { id: "b", failsWhile: fail.path },
    ]
    const group = await squad({ children, backoff: { minMs: 20_000, maxMs: 20_000, jitter: 0 } })
    fail.on()
    await group.crash("a")
    await group.crash("b")
    await eventually(async () => (await group.rows()).every(({ retryInMs = 0 }) => retryInMs > 10_000))
    await group.ref.ask.stopChild({ id: "a" })
    expect((await group.row("a")).status).toBe("stopped")
    const { tookMs } = await system.stop(group.ref)
    expect(tookMs).toBeLessThan(5_000)
  })

  it.each(["one-for-all", "rest-for-one"] as const)(
    "S8 %s: when a child fails to come back, what was started again of the group is stopped before the whole is tried again",
    async (strategy) => {
      const fail = new FailSwitch(dir)
      const children = [{ id: "a" }, { id: "b" }, { id: "c", failsWhile: fail.path }]
      // Without a wait inline children use up their restarts before anybody can look.
      const group = await squad({ strategy, children, backoff: { minMs: 50, maxMs: 50, jitter: 0 } })
      fail.on()
      await group.crash("b")
      await eventually(async () => (await group.row("c")).restarts >= 2, { timeoutMs: 15_000, what: "a second try" })
      fail.off()
      await group.allRun()
      const tries = group.journal.slice(started.length).join()
      const again = strategy === "one-for-all" ? "a restarted,a ready,b restarted,b ready" : "b restarted,b ready"
      const undone = strategy === "one-for-all" ? "b stopped,a stopped" : "b stopped"
      expect(tries).toContain(`${again},c restarted,${undone},${again},c restarted`)
      expect(tries.endsWith(`${again},c restarted,c ready`)).toBe(true)
      expect((await group.restartsOf())["a"]).toBe(strategy === "one-for-all" ? (await group.restartsOf())["b"] : 0)
      await system.stop(group.ref)
    },
  )

  it("S8 rest-for-one: an earlier child that fails during the restart widens the group", async () => {
    const fail = new FailSwitch(dir)
    const group = await squad({
      strategy: "rest-for-one",
      children: [{ id: "a" }, { id: "b" }, { id: "c", readyAfterMs: 300, failsWhile: fail.path }],
    })
    await group.crash("b")
    await eventually(() => group.journal.slice(started.length).includes("c restarted"))
    await group.crash("a")
    await eventually(() => group.journal.slice(started.length).includes("c ready"), { timeoutMs: 15_000 })
    await group.restarted("a", 1)
    await group.restarted("c", 2)
    expect(await group.restartsOf()).toEqual({ a: 1, b: 2, c: 2 })
    await system.stop(group.ref)
  })

  it("S4 permanent children are always started again, transient ones after an abnormal end, temporary ones never", async () => {
    const group = await squad({
      children: [
        { id: "p", restart: "permanent" },
        { id: "t", restart: "transient" },
        { id: "u", restart: "transient" },
        { id: "v", restart: "temporary" },
        { id: "w", restart: "temporary" },
      ],
    })
    for (const id of ["p", "t", "v"]) await (await group.child(id)).ask.finish()
    for (const id of ["u", "w"]) await group.crash(id)
    await eventually(async () => {
      const rows = Object.fromEntries(
        (await group.rows()).map(({ id, status, restarts }) => [id, `${status} ${String(restarts)}`]),
      )
      expect(rows).toEqual({ p: "running 1", t: "stopped 0", u: "running 1" })
      return true
    })
    await system.stop(group.ref)
  })

  it("S4 a temporary child is not started again as a bystander, and its spec is forgotten", async () => {
    const children = [{ id: "a" }, { id: "b", restart: "temporary" as const }, { id: "c" }]
    const group = await squad({ strategy: "one-for-all", children })
    await group.crash("a")
    await group.restarted("c", 1)
    expect(await group.restartsOf()).toEqual({ a: 1, c: 1 })
    await system.stop(group.ref)
  })

  it("S10 any: the first significant child that ends by itself ends the group", async () => {
    const children = [{ id: "a" }, ...["s", "t"].map((id) => ({ id, restart: "transient" as const, significant: true }))]
    const group = await squad({ autoShutdown: "any", children })
    await (await group.child("t")).ask.finish()
    expect(await group.ended).toEqual({ type: "shutdown", known: "significant-child" })
  })

  it("S10 all: the last significant child that ends by itself ends the group; one that is stopped does not", async () => {
    const children = [{ id: "a" }, ...["s", "t"].map((id) => ({ id, restart: "transient" as const, significant: true }))]
    const group = await squad({ autoShutdown: "all", children })
    await (await group.child("s")).ask.finish()
    await eventually(async () => (await group.row("s")).status === "stopped")
    await group.ref.ask.restartChild({ id: "s" })
    await group.ref.ask.stopChild({ id: "s" })
    expect(await (await group.child("a")).ask.count()).toBe(1)
    await (await group.child("t")).ask.finish()
    expect(await group.ended).toEqual({ type: "shutdown", known: "significant-child" })
  })

  it("S1 each child has its own time to stop: a span, none at all, or as long as it takes", async () => {
    const group = await squad({
      children: [
        { id: "slow", shutdown: "infinity", stopsAfterMs: 400 },
        { id: "stuck", shutdown: 50, stopsAfterMs: Infinity },
        { id: "brutal", shutdown: "kill", stopsAfterMs: Infinity },
      ],
    })
    await system.stop(group.ref)
    expect(group.journal.slice(-3)).toEqual(["brutal killed", "stuck killed", "slow stopped"])
  })

  it("S5 a child with an intensity of its own leaves its siblings their share", async () => {
    const children = [{ id: "flapping", intensity: { maxRestarts: 10 } }, { id: "calm" }]
    const group = await squad({ children, intensity: { maxRestarts: 1, withinMs: 60_000 }, backoff: { minMs: 0, jitter: 0 } })
    for (let i = 0; i < 4; i++) {
      await group.crash("flapping")
      await group.restarted("flapping", i + 1)
    }
    await group.crash("calm")
    await group.restarted("calm", 1)
    await group.crash("calm")
    expect(await group.ended).toEqual({ type: "shutdown", known: "restart-intensity" })
  })

  it("adds, stops, starts, replaces and removes children while it runs", async () => {
    const group = await squad()
    const spec = {
      id: "d",
      kind: "recruit",
      module: new URL("../fixtures/recruit.js", import.meta.url).href,
      name: group.nameOf("d"),
    }
    const added = await group.ref.ask.startChild({ ...spec, placement: childPlacements[0] ?? "inline" })
    expect(added.name).toBe(group.nameOf("d"))
    expect(await failureOf(group.ref.ask.startChild(spec))).toMatchObject({ code: "ERR_BAD_OPTION" })
    await group.ref.ask.stopChild({ id: "b" })
    expect((await group.rows()).map(({ id, status }) => `${id} ${status}`)).toEqual([
      "a running",
      "b stopped",
      "c running",
      "d running",
    ])
    await group.ref.ask.restartChild({ id: "b" })
    expect(await (await group.child("b")).ask.count()).toBe(1)
    const replaced = await group.ref.ask.replaceChild({ ...spec, id: "b", name: group.nameOf("z") })
    expect(replaced.name).toBe(group.nameOf("z"))
    await group.ref.ask.removeChild({ id: "c" })
    expect((await group.rows()).map(({ id }) => id)).toEqual(["a", "b", "d"])
    expect(await failureOf(group.ref.ask.stopChild({ id: "c" }))).toMatchObject({ code: "ERR_NO_CHILD" })
    expect(await group.ref.ask.countChildren()).toEqual({ specs: 3, running: 3, supervisors: 0 })
    await system.stop(group.ref)
  })
})
