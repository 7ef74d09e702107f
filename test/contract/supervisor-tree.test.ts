// Supervisors themselves: dynamic ones, nested ones, in every placement, and specs that are wrong.

import { describe, expect, it } from "vitest"
import { type ActorRef, Supervisor, type SupervisorInput, supervisorSpec } from "../../runtime/index.js"
import { Recruit } from "../fixtures/recruit.js"
import { eventually } from "../support/eventually.js"
import { failureOf, PLACEMENTS, rowOf, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

const supervise = (spec: SupervisorInput, options: { name?: string; placement?: "inline" | "thread" | "process" } = {}) =>
  system.spawn(Supervisor, { ...options, restart: "temporary", args: supervisorSpec(spec) })
const recruit = (ref: ActorRef | undefined): ActorRef<Recruit> => {
  if (ref === undefined) throw new Error("it does not run")
  return ref as unknown as ActorRef<Recruit>
}
const childOf = async (supervisor: ActorRef<Supervisor>, id: string): Promise<ActorRef<Recruit>> =>
  recruit((await supervisor.ask.listChildren()).find((row) => row.id === id)?.ref)

describe.each(PLACEMENTS)("a supervisor %s", (placement) => {
  it("S11 starts its static children again with itself, and not those that were added", async () => {
    const above = await supervise({
      children: [{ id: "below", placement, supervisor: { children: [{ id: "fixed", actor: Recruit }] } }],
    })
    const below = recruit((await above.ask.listChildren())[0]?.ref) as unknown as ActorRef<Supervisor>
    const { module } = { module: new URL("../fixtures/recruit.js", import.meta.url).href }
    await below.ask.startChild({ id: "added", kind: "recruit", module })
    const fixed = await childOf(below, "fixed")
    await fixed.ask.count()
    await above.ask.restartChild({ id: "below" })
    expect((await below.ask.listChildren()).map(({ id, status }) => `${id} ${status}`)).toEqual(["fixed running"])
    expect(await (await childOf(below, "fixed")).ask.count()).toBe(1)
    await eventually(async () => (await failureOf(fixed.with({ timeoutMs: 2000 }).ask.count())).code === "ERR_NO_ACTOR")
    await system.stop(above)
  })

  it("S11 takes its children with it when it is killed", async () => {
    const group = await supervise(
      { children: ["inline", "thread", "process"].map((at) => ({ id: at, actor: Recruit, placement: at as "inline" })) },
      { placement },
    )
    const children = await Promise.all(PLACEMENTS.map((at) => childOf(group, at)))
    const ends = children.map((child) => terminationOf(system, child))
    await system.kill(group)
    await Promise.all(ends)
    for (const child of children) expect(await rowOf(system, child)).toBeUndefined()
  })

  it("S5 one that gives up is started again by its own supervisor, until that gives up too", async () => {
    const inner: SupervisorInput = { intensity: { maxRestarts: 0 }, children: [{ id: "leaf", actor: Recruit }] }
    const above = await supervise({
      intensity: { maxRestarts: 1, withinMs: 60_000 },
      children: [{ id: "below", placement, supervisor: inner }],
    })
    const ended = terminationOf(system, above)
    const crashLeaf = async (restarts: number): Promise<void> => {
      await eventually(
        async () => {
          const [row] = await above.ask.listChildren()
          return row?.status === "running" && row.restarts === restarts
        },
        { timeoutMs: 15_000 },
      )
      const below = recruit((await above.ask.listChildren())[0]?.ref) as unknown as ActorRef<Supervisor>
      await (await childOf(below, "leaf")).ask.crash().catch(() => undefined)
    }
    await crashLeaf(0)
    await crashLeaf(1)
    expect(await ended).toEqual({ type: "shutdown", known: "restart-intensity" })
  })

  it("S3 dynamic: children are started by arguments, stand each for itself, and are forgotten when they end", async () => {
    const group = await supervise({ strategy: "dynamic", template: { actor: Recruit, restart: "transient" } }, { placement })
    const refs = await Promise.all([1, 2, 3].map(() => group.ask.startChild()))
    const named = await group.ask.startChild({ id: "named", args: { readyAfterMs: 1 } })
    expect((await group.ask.listChildren()).map(({ id }) => id)).toHaveLength(4)
    await recruit(refs[0])
      .ask.crash()
      .catch(() => undefined)
    await recruit(refs[1]).ask.finish()
    await group.ask.stopChild({ id: "named" })
    await eventually(async () => (await group.ask.listChildren()).length === 2)
    await eventually(async () => (await group.ask.listChildren()).some(({ restarts }) => restarts === 1))
    expect(await failureOf(recruit(named).ask.count())).toMatchObject({ code: "ERR_NO_ACTOR" })
    expect(await failureOf(group.ask.startChild({ kind: "recruit" } as object))).toMatchObject({ code: "ERR_BAD_OPTION" })
    await system.stop(group)
  })
})

it("S3 dynamic: 200 children that take a second to stop are stopped in little more than a second (scenario 4)", async () => {
  const group = await supervise({ strategy: "dynamic", template: { actor: Recruit } })
  await Promise.all(Array.from({ length: 200 }, () => group.ask.startChild({ args: { stopsAfterMs: 1000 } })))
  const { tookMs } = await system.stop(group)
  expect(tookMs).toBeGreaterThan(950)
  expect(tookMs).toBeLessThan(2500)
})

it("S5 crashes that are far enough apart are no reason to give up (scenario 6)", async () => {
  const intensity = { maxRestarts: 1, withinMs: 100 }
  const group = await supervise({ intensity, backoff: { minMs: 0, jitter: 0 }, children: [{ id: "a", actor: Recruit }] })
  for (let i = 0; i < 4; i++) {
    const crashedAt = performance.now()
    await (await childOf(group, "a")).ask.crash().catch(() => undefined)
    await eventually(() => performance.now() - crashedAt > 150)
  }
  expect((await group.ask.listChildren())[0]).toMatchObject({ status: "running", restarts: 4 })
  await system.stop(group)
})

it("S11 a supervisor may be spawned by kind, with its spec as plain data", async () => {
  const module = new URL("../fixtures/recruit.js", import.meta.url).href
  const args = { strategy: "one-for-all", children: [{ id: "a", kind: "recruit", module }] }
  const group = (await system.spawnKind("supervisor", { args })) as unknown as ActorRef<Supervisor>
  expect(await (await childOf(group, "a")).ask.count()).toBe(1)
  await system.stop(group)
})

describe("S12 a bad spec is refused naming the field, and nothing starts", () => {
  const child = { id: "a", kind: "recruit" }
  it.each([
    ["supervisor spec", 5],
    ["strategy", { strategy: "one-for-none" }],
    ["strategies", { strategies: "one-for-all" }],
    ["intensity", { intensity: 3 }],
    ["intensity.maxRestarts", { intensity: { maxRestarts: -1 } }],
    ["intensity.maxRestarts", { intensity: { maxRestarts: 1.5 } }],
    ["intensity.withinMs", { intensity: { withinMs: 0 } }],
    ["intensity.withinMs", { intensity: { withinMs: "5s" } }],
    ["intensity.within", { intensity: { within: 5 } }],
    ["backoff.minMs", { backoff: { minMs: -1 } }],
    ["backoff.maxMs", { backoff: { minMs: 10, maxMs: 5 } }],
    ["backoff.factor", { backoff: { factor: 0 } }],
    ["backoff.jitter", { backoff: { jitter: 2 } }],
    ["backoff.quietMs", { backoff: { quietMs: Number.NaN } }],
    ["autoShutdown", { autoShutdown: true }],
    ["children", { children: {} }],
    ["children", { strategy: "dynamic", template: { kind: "recruit" }, children: [child] }],
    ["template", { strategy: "dynamic" }],
    ["template", { template: { kind: "recruit" } }],
    ["template.id", { strategy: "dynamic", template: child }],
    ["template.restart", { strategy: "dynamic", template: { kind: "recruit", restart: "often" } }],
    ["children[0]", { children: ["a"] }],
    ["children[0].id", { children: [{ kind: "recruit" }] }],
    ["children[0].id", { children: [{ ...child, id: "no blanks" }] }],
    ["children[1].id", { children: [child, child] }],
    ["children[0].kind", { children: [{ id: "a" }] }],
    ["children[0].kind", { children: [{ ...child, supervisor: {} }] }],
    ["children[0].module", { children: [{ ...child, module: "./here.js" }] }],
    ["children[0].actor", { children: [{ id: "a", actor: Map }] }],
    ["children[0].restart", { children: [{ ...child, restart: "always" }] }],
    ["children[0].placement", { children: [{ ...child, placement: "cloud" }] }],
    ["children[0].shutdown", { children: [{ ...child, shutdown: -1 }] }],
    ["children[0].shutdown", { children: [{ ...child, shutdown: "brutal" }] }],
    ["children[0].significant", { children: [{ ...child, significant: "yes", restart: "transient" }] }],
    ["children[0].significant", { children: [{ ...child, significant: true }] }],
    ["children[0].startTimeoutMs", { children: [{ ...child, startTimeoutMs: -5 }] }],
    ["children[0].mailbox", { children: [{ ...child, mailbox: 10 }] }],
    ["children[0].mailbox.capacity", { children: [{ ...child, mailbox: { capacity: 0 } }] }],
    ["children[0].mailbox.overflow", { children: [{ ...child, mailbox: { overflow: "burst" } }] }],
    ["children[0].mailbox.size", { children: [{ ...child, mailbox: { size: 10 } }] }],
    [
      "children[1].daemon",
      {
        children: [
          { ...child, id: "first" },
          { ...child, daemon: true },
        ],
      },
    ],
    ["children[0].intensity.maxRestarts", { children: [{ ...child, intensity: { maxRestarts: "3" } }] }],
    ["children[0].backoff.minMs", { children: [{ ...child, backoff: { minMs: Infinity } }] }],
    ["children[0].colour", { children: [{ ...child, colour: "red" }] }],
    ["children[0].supervisor.strategy", { children: [{ id: "a", supervisor: { strategy: "none" } }] }],
    [
      "children[0].args.children[0].id",
      { children: [{ id: "a", kind: "supervisor", args: { children: [{ kind: "recruit" }] } }] },
    ],
  ])("%s of %j", async (field, spec) => {
    const before = (await system.ps()).length
    const failure = await failureOf(system.spawn(Supervisor, { args: spec }))
    expect(failure).toMatchObject({ code: "ERR_BAD_OPTION", data: { option: field } })
    expect(await system.ps()).toHaveLength(before)
  })

  it("a bad name among the children is ERR_BAD_NAME", async () => {
    const spec = { children: [{ id: "a", kind: "recruit", name: "not a name" }] }
    expect(await failureOf(system.spawn(Supervisor, { args: spec }))).toMatchObject({
      code: "ERR_BAD_NAME",
      data: { what: "children[0].name" },
    })
  })

  it("an unknown kind fails the start, naming the child and the kinds there are", async () => {
    const failure = await failureOf(system.spawn(Supervisor, { args: { children: [{ id: "a", kind: "unknown" }] } }))
    expect(failure.cause).toMatchObject({ code: "ERR_CHILD_FAILED", cause: { code: "ERR_NO_KIND" } })
  })
})
