// What a supervisor is asked: input that is none, and several requests at the same time for one child.

import { describe, expect, it } from "vitest"
import {
  type ActorClass,
  type ActorRef,
  type ChildInput,
  type ChildSpec,
  Supervisor,
  supervisorSpec,
} from "../../runtime/index.js"
import { Faulty } from "../fixtures/faulty.js"
import { Heeding } from "../fixtures/heeding.js"
import { codeOfFailure, failureOf, outcomeOf, PLACEMENTS, rowOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
type AnyAsk = Readonly<Record<string, (input?: unknown) => Promise<unknown>>>

describe.each(PLACEMENTS)("what a supervisor is asked: %s", (placement) => {
  let group: ActorRef<Supervisor>
  const spec = (id: string, actor: ActorClass = Heeding): ChildSpec => {
    const [child] = supervisorSpec({ children: [{ id, actor, placement, shutdown: 20_000 }] }).children ?? []
    if (child === undefined) throw new Error("it has one child")
    return child
  }
  const asking = (): ActorRef<Supervisor>["ask"] => group.with({ timeoutMs: 25_000 }).ask
  const begin = async (children: readonly ChildInput[] = [spec("one")]): Promise<void> => {
    group = await system.spawn(Supervisor, { args: supervisorSpec({ children }) })
  }
  /** Stops it and everything of it: what lives then was lost sight of. */
  const over = async (living: number): Promise<void> => {
    const rows = await system.ps()
    const children = rows.filter(({ kind }) => kind === "heeding")
    await system.stop(group)
    expect(children.map(({ status }) => status)).toEqual(Array.from({ length: living }, () => "running"))
  }

  it("S12 what is no input is refused, and neither it nor a child ends", async () => {
    await begin()
    const raw = group.ask as unknown as AnyAsk
    for (const handler of ["stopChild", "restartChild", "removeChild", "replaceChild", "startChild"])
      for (const input of [undefined, null, 3, "one", []])
        expect(await codeOfFailure(raw[handler]?.(input) ?? Promise.resolve()), handler).toBe("ERR_BAD_OPTION")
    expect(await rowOf(system, group)).toMatchObject({ restarts: 0 })
    expect(await group.ask.listChildren()).toMatchObject([{ id: "one", status: "running", restarts: 0 }])
    await over(1)
  })

  it("S1 two restarts of a stopped child at once start one", async () => {
    await begin()
    await asking().stopChild({ id: "one" })
    const [first, second] = await Promise.all([asking().restartChild({ id: "one" }), asking().restartChild({ id: "one" })])
    expect(first.id).toBe(second.id)
    await over(1)
  })

  it("S1 of two replacements at once the later one stands, alone", async () => {
    await begin()
    const replaced = ["first", "second"].map((args) => outcomeOf(asking().replaceChild({ ...spec("one"), args })))
    expect((await Promise.all(replaced))[1]).toBe("answered")
    expect(await group.ask.countChildren()).toEqual({ specs: 1, running: 1, supervisors: 0 })
    await over(1)
  })

  it("S1 a child that is removed while it starts is gone, and its start says so", async () => {
    await begin()
    const started = outcomeOf(asking().startChild({ ...spec("two", Faulty), args: { fault: "onStartForever" } }))
    const removed = outcomeOf(asking().removeChild({ id: "two" }))
    expect(await removed).toBe("answered")
    expect(await started).toBe("ERR_START_FAILED")
    expect(await group.ask.listChildren()).toMatchObject([{ id: "one" }])
    await over(1)
  })

  it("S12 a replacement of a kind that is not there leaves the child as it is", async () => {
    await begin()
    const failure = await failureOf(group.ask.replaceChild({ id: "one", kind: "not-there" }))
    expect(failure.code).toBe("ERR_NO_KIND")
    expect(await group.ask.listChildren()).toMatchObject([{ id: "one", kind: "heeding", status: "running" }])
    await over(1)
  })
})

it("S3 a dynamic supervisor gives no id that a child has", async () => {
  const args = supervisorSpec({ strategy: "dynamic", template: { actor: Heeding } })
  const group = await system.spawn(Supervisor, { args })
  await group.ask.startChild({ id: "child-1" })
  await group.ask.startChild()
  expect(await group.ask.countChildren()).toMatchObject({ running: 2 })
  await system.stop(group)
})
