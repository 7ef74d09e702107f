// What every host promises its supervisor (runtime/host/actor-host.ts).

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { processRows, variableOf } from "../../runtime/host/pm2/process-table.js"
import { HOST_FILE_VARIABLE } from "../../runtime/host/processes-below.js"
import type { ActorRef } from "../../runtime/index.js"
import { Faulty, type Fault } from "../fixtures/faulty.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { TestHosts } from "../support/test-hosts.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let hosts: TestHosts
beforeAll(async () => {
  test = await startTestSystem()
  hosts = await TestHosts.start(test)
})
afterAll(async () => {
  await hosts.close()
  await test.stop()
})

const gone = { type: "shutdown", known: "requested" } as const
const processesOf = ({ id }: ActorRef): number[] =>
  processRows()
    .map(({ pid }) => pid)
    .filter((pid) => variableOf(pid, HOST_FILE_VARIABLE)?.includes(`/${id.slice(0, id.lastIndexOf(":"))}.`) === true)

describe.each(PLACEMENTS)("a host: %s", (placement) => {
  it("tells once of the end of each life that was ready, and starts the next behind the same ref", async () => {
    const { actor, ref, ends } = hosts.create(Probe, { placement })
    const lives = new Set<string>()
    for (let round = 1; round <= 3; round++) {
      await actor.start()
      expect(actor.status).toBe("running")
      lives.add((await ref.ask.where()).life)
      if (round % 2 === 0) actor.stop(gone, "restarting")
      else actor.kill()
      await eventually(() => ends.length >= round)
      expect(processesOf(ref)).toEqual([])
    }
    expect(lives.size).toBe(3)
    expect(ends.map(({ reason }) => reason.type)).toEqual(["killed", "shutdown", "killed"])
    actor.dispose(gone)
  })

  it.each(["constructor", "onStart", "onStartLater", "onStartStray"] as const)(
    "A6 rejects a start that fails in %s when nothing of it is left, tells of no end, and can start again",
    async (fault) => {
      const args: { fault: Fault } = { fault }
      const { actor, ref, ends } = hosts.create(Faulty, { placement, args })
      for (let round = 0; round < 2; round++) {
        expect(await failureOf(Promise.resolve(actor.start()))).toMatchObject({
          code: "ERR_START_FAILED",
          cause: { message: `fault in ${fault}` },
        })
        expect(processesOf(ref)).toEqual([])
      }
      expect(ends).toEqual([])
      actor.dispose(gone)
    },
  )

  it.each(["stop", "drain", "kill", "forceKill"] as const)(
    "A4 rejects a start that %s gives up when nothing of it is left, and tells of no end",
    async (how) => {
      const { actor, ref, ends } = hosts.create(Faulty, { placement, args: { fault: "onStartForever" } })
      const failed = failureOf(Promise.resolve(actor.start()))
      if (how === "stop") actor.stop(gone, "final")
      else actor[how]()
      expect(await failed).toMatchObject({ code: "ERR_START_FAILED", data: { stage: "abandoned" } })
      expect(processesOf(ref)).toEqual([])
      expect(actor.status).toBe("stopped")
      expect(ends).toEqual([])
      actor.dispose(gone)
    },
  )

  it("S7 keeps what was sent while it was not ready, and refuses it when there will be no next life", async () => {
    const { actor, ref } = hosts.create(Probe, { placement })
    await actor.start()
    actor.kill()
    await eventually(() => actor.status === "stopped")
    const kept = outcomeOf(ref.with({ timeoutMs: 20_000 }).ask.echo("kept"))
    await actor.start()
    expect(await kept).toBe("answered")
    actor.kill()
    await eventually(() => actor.status === "stopped")
    const refused = outcomeOf(ref.with({ timeoutMs: 20_000 }).ask.echo("refused"))
    await new Promise((resolve) => setImmediate(resolve))
    actor.dispose(gone)
    expect(["ERR_DIED_BEFORE_START", "ERR_NOT_DELIVERED", "ERR_NO_ACTOR"]).toContain(await refused)
  })
})

describe.each(["thread", "process"] as const)("a host of its own: %s", (placement) => {
  it("leaves nothing when it is disposed of while it lives", async () => {
    const { actor, ref, ends } = hosts.create(Probe, { placement })
    await actor.start()
    actor.dispose(gone)
    await eventually(() => ends.length === 1)
    expect(processesOf(ref)).toEqual([])
    expect((await failureOf(ref.with({ timeoutMs: 2_000 }).ask.echo(1))).code).toBe("ERR_NO_ACTOR")
    expect((await failureOf(Promise.resolve(actor.start()))).code).toBe("ERR_START_FAILED")
  })

  it("A3 with a limit to its memory ends alone when that is full, as out-of-memory", async () => {
    const memoryMb = 48
    const { actor, ref, ends } = hosts.create(Probe, { placement, memoryMb })
    await actor.start()
    expect(await ref.ask.echo(1)).toBe(1)
    const outcome = outcomeOf(ref.with({ timeoutMs: 30_000 }).ask.exhaust())
    await eventually(() => ends.length === 1, { timeoutMs: 25_000 })
    const known = placement === "thread" ? "exit-event" : "crash-report"
    expect(ends[0]?.reason).toEqual({ type: "out-of-memory", known })
    expect(await outcome).toBe("ERR_DIED_WHILE_HANDLING")
    // The next life has the same limit, and starts below it.
    await actor.start()
    expect(await ref.ask.echo(2)).toBe(2)
    actor.kill()
    await eventually(() => ends.length === 2)
    actor.dispose(gone)
  })

  it("A3 runs with the least memory that may be asked for", async () => {
    const { actor, ref, ends } = hosts.create(Probe, { placement, memoryMb: 32 })
    await actor.start()
    for (let i = 0; i < 1000; i++) expect(await ref.ask.echo("x".repeat(1000))).toHaveLength(1000)
    expect(ends).toEqual([])
    actor.kill()
    await eventually(() => ends.length === 1)
    actor.dispose(gone)
  })
})
