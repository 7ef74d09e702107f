// What differs between the placements, where no test of a promise says so; docs/semantics.md names these tests.

import { execFile } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { ActorRef, Placement } from "../../runtime/index.js"
import { ModuleState } from "../fixtures/module-state.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { outcomeOf, PLACEMENTS, rowOf, tally } from "../support/outcome.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { system, join: joinBus } = useTestSystem({ strictMessages: false })

const pair = (placement: Placement): Promise<ActorRef<ModuleState>[]> =>
  Promise.all([1, 2].map(() => system.spawn(ModuleState, { placement, restart: "temporary" })))

describe("what differs between the placements", () => {
  it("inline actors share the variables of their module, those in threads and processes do not", async () => {
    for (const placement of PLACEMENTS) {
      const [one, other] = await pair(placement)
      const first = await one?.ask.call()
      const second = await other?.ask.call()
      expect((second?.calls ?? 0) - (first?.calls ?? 0)).toBe(placement === "inline" ? 1 : 0)
      expect(first?.pid === process.pid).toBe(placement !== "process")
      expect(first?.threadId === second?.threadId).toBe(placement !== "thread")
    }
  })

  it("a message between inline actors is the sender's own object, everywhere else it is a copy made when it is sent", async () => {
    for (const placement of PLACEMENTS) {
      const actor = await system.spawn(ModuleState, { placement })
      const parcel = { touched: false }
      actor.tell.keep(parcel)
      parcel.touched = true
      expect(await actor.ask.kept()).toEqual({ touched: placement === "inline" })
      await system.stop(actor)
    }
  })

  it("an actor inline or in a thread keeps what waits when it crashes, one in a process loses it and says so to each asker", async () => {
    for (const placement of PLACEMENTS) {
      const probe = await system.spawn(Probe, { placement })
      const holding = await hold(system, probe)
      const crash = outcomeOf(probe.ask.crash("by request"))
      const waiting = Array.from({ length: 10 }, (_, i) => outcomeOf(probe.with({ timeoutMs: 20_000 }).ask.echo(i)))
      await eventually(async () => ((await rowOf(system, probe))?.books.sent ?? 0) >= 12)
      holding.release()
      await crash
      const became = tally(await Promise.all(waiting))
      expect(became).toEqual(placement !== "process" ? { answered: 10 } : { ERR_DIED_BEFORE_START: 10 })
      await eventually(async () => (await rowOf(system, probe))?.status === "running")
      await system.stop(probe)
    }
  })

  it("what is thrown outside of any handler ends the one actor of a thread or process; of two inline actors of a module, neither", async () => {
    for (const placement of PLACEMENTS) {
      const [thrower, bystander] = await pair(placement)
      if (thrower === undefined || bystander === undefined) throw new Error("two were asked for")
      const thrown = once(process, "uncaughtExceptionMonitor")
      await outcomeOf(thrower.ask.throwLater())
      if (placement === "inline") await thrown
      else await eventually(async () => (await rowOf(system, thrower)) === undefined)
      expect(await outcomeOf(bystander.ask.call())).toBe("answered")
      if (placement === "inline") expect(await outcomeOf(thrower.ask.call())).toBe("answered")
    }
  })

  it("process.exit in an inline actor ends the program, and in a thread or process that actor alone", async () => {
    const index = new URL("../../runtime/index.js", import.meta.url).href
    const module = new URL("../fixtures/module-state.js", import.meta.url).href
    const program = (placement: Placement): string => `
      const { ActorSystem } = await import(${JSON.stringify(index)})
      const { ModuleState } = await import(${JSON.stringify(module)})
      const system = await ActorSystem.start({ bus: false, logLevel: "silent" })
      const actor = await system.spawn(ModuleState, { placement: "${placement}", restart: "temporary" })
      await actor.ask.exit().catch(() => undefined)
      await system.shutdown()
      process.exitCode = 42`
    expect(await exitCodeOf(program("inline"))).toBe(7)
    expect(await exitCodeOf(program("thread"))).toBe(42)
  })

  it("an ask costs least inline", async () => {
    const medians = new Map<Placement, number>()
    for (const placement of PLACEMENTS) {
      const probe = await system.spawn(Probe, { placement })
      const times: number[] = []
      for (let i = 0; i < 200; i++) {
        const start = performance.now()
        await probe.ask.echo(i)
        times.push(performance.now() - start)
      }
      medians.set(placement, times.sort((a, b) => a - b)[100] ?? NaN)
      await system.stop(probe)
    }
    expect(medians.get("inline")).toBeLessThan(medians.get("thread") ?? NaN)
    expect(medians.get("inline")).toBeLessThan(medians.get("process") ?? NaN)
  })

  it("a program without a bus has no process actors", async () => {
    const lonely = await joinBus({ bus: false })
    expect(await outcomeOf(lonely.spawn(Probe, { placement: "thread" }))).toBe("answered")
    expect(await outcomeOf(lonely.spawn(Probe, { placement: "process" }))).toBe("ERR_START_FAILED")
  })
})

/** The exit code of a program in a process of its own. */
function exitCodeOf(source: string): Promise<number> {
  const file = join(tempDir(), "program.mjs")
  writeFileSync(file, source)
  return new Promise((resolve) => {
    execFile(process.execPath, [file], (error) => {
      resolve(error === null ? 0 : typeof error.code === "number" ? error.code : -1)
    })
  })
}
