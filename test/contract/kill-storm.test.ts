// Callees killed at random moments under load. What each of them did stands in a file outside; what each caller was told is held
// against it.

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, Placement } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { Recorder, type Way } from "../fixtures/recorder.js"
import { eventually } from "../support/eventually.js"
import { useLiveWorkers } from "../support/live-workers.js"
import { balanceOf, booksOf, outcomeOf, PLACEMENTS, rowOf, tally } from "../support/outcome.js"
import { strikeProcess } from "../support/strike.js"
import { makeTempDir } from "../support/temp-dir.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

/** Told to a caller, these say that the message was not begun and may be sent again. */
const NOT_BEGUN = ["ERR_DIED_BEFORE_START", "ERR_NOT_DELIVERED", "ERR_MAILBOX_FULL", "ERR_NO_ACTOR", "ERR_STOPPING"]
const AT_ONCE = { minMs: 0, maxMs: 0 }
const WAYS: readonly Way[] = ["record", "recordSlowly", "recordBeside", "recordLater"]

const dir = makeTempDir()
const workers = useLiveWorkers()

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  process.env["TROUPE_NODE_RESTART_MAX_RESTARTS"] = "1000000"
  test = await startTestSystem()
  system = test.system
})
afterAll(async () => {
  delete process.env["TROUPE_NODE_RESTART_MAX_RESTARTS"]
  await test.stop()
  dir.remove()
})

/** Kills an actor's host from outside, without anybody's leave. */
async function strike(ref: ActorRef, placement: Placement): Promise<boolean> {
  const row = await rowOf(system, ref)
  if (row?.status !== "running") return false
  if (placement === "process") strikeProcess(row.pid)
  else void workers.get(row.threadId)?.terminate()
  return true
}

async function isUp(ref: ActorRef<Recorder>): Promise<void> {
  await eventually(async () => (await outcomeOf(ref.ask.ping())) === "answered", { timeoutMs: 20_000 })
}

function recorded(file: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
}

describe.each(PLACEMENTS)("what is at work when an actor is killed: %s", (placement) => {
  it("M2 each reentrant ask inside is said to have been at work, and one that was stashed as well", async () => {
    const probe = await system.spawn(Probe, { placement, restart: "temporary" })
    const inside = Array.from({ length: 4 }, () => outcomeOf(probe.with({ timeoutMs: 20_000 }).ask.meet(5)))
    await eventually(async () => (await probe.ask.insideCount()) === 4)
    await system.kill(probe)
    expect(tally(await Promise.all(inside))).toEqual({ ERR_DIED_WHILE_HANDLING: 4 })

    const file = join(dir.path, `${placement}-stash`)
    writeFileSync(file, "")
    const recorder = await system.spawn(Recorder, { placement, restart: "temporary" })
    const stashed = outcomeOf(recorder.with({ timeoutMs: 20_000 }).ask.recordLater({ file, id: "stashed" }))
    await recorder.ask.ping()
    expect(recorded(file)).toEqual(["stashed"])
    await system.kill(recorder)
    expect(await stashed).toBe("ERR_DIED_WHILE_HANDLING")
  })
})

const KILLS: Partial<Record<Placement, number>> = { thread: 80, process: 60 }

describe.each(["thread", "process"] as const)("callees that are killed at random: %s", (placement) => {
  it(
    "M2 no ask that is said not to have begun was handled, by this incarnation or a later one",
    { timeout: 240_000 },
    async () => {
      const callers = [
        await system.spawn(Recorder, { placement: "inline" }),
        await system.spawn(Recorder, { placement: "thread" }),
        await system.spawn(Recorder, { placement: "process" }),
      ]
      const kills = KILLS[placement] ?? 0
      const seen = new Map<string, number>()
      let struck = 0
      await Promise.all(
        WAYS.map(async (way) => {
          const file = join(dir.path, `${placement}-${way}`)
          writeFileSync(file, "")
          const callee = await system.spawn(Recorder, { placement, backoff: AT_ONCE })
          const told: Record<string, string> = {}
          for (let round = 0; round < kills / WAYS.length; round++) {
            const volley = async (): Promise<void> => {
              const each = callers.map((caller, k) => {
                const ids = Array.from({ length: 60 }, (_, i) => `${String(round)}-${String(k)}-${String(i)}`)
                return caller.with({ timeoutMs: 20_000 }).ask.volley({ to: callee, file, ids, way })
              })
              Object.assign(told, ...(await Promise.all(each)))
            }
            const volleys = volley()
            const until = performance.now() + Math.random() * 6
            await eventually(() => performance.now() > until, { everyMs: 1 })
            // Struck again when it had not been up yet: what is stashed last would wait for ever.
            const over = new AbortController()
            void volleys.then(() => over.abort())
            while (!over.signal.aborted) {
              if (await strike(callee, placement)) struck++
              await eventually(() => over.signal.aborted, { timeoutMs: 500 }).catch(() => undefined)
            }
            await volleys
            await isUp(callee)
          }
          const begun = new Set(recorded(file))
          const wrong = Object.entries(told).filter(([id, outcome]) => NOT_BEGUN.includes(outcome) && begun.has(id))
          expect(wrong.slice(0, 3), `${String(wrong.length)} by ${way}: said not to have begun, and yet handled`).toEqual([])
          for (const [id, outcome] of Object.entries(told))
            if (outcome === "answered" && !begun.has(id)) throw new Error(`${id} was answered and leaves no trace`)
          if (way !== "recordLater") expect(recorded(file).length, "handled twice").toBe(begun.size)
          for (const [outcome, count] of Object.entries(tally(Object.values(told))))
            seen.set(outcome, (seen.get(outcome) ?? 0) + count)
          await system.kill(callee)
        }),
      )
      // A storm in which nobody was hit proves nothing.
      expect(struck).toBeGreaterThanOrEqual(kills * 0.9)
      expect(seen.get("answered")).toBeGreaterThan(0)
      // What had not begun waits for the next incarnation of a thread (promise S9).
      if (placement === "process") expect(seen.get("ERR_DIED_BEFORE_START")).toBeGreaterThan(0)
      else expect(seen.get("ERR_DIED_BEFORE_START") ?? 0).toBe(0)
      expect(seen.get("ERR_TIMED_OUT") ?? 0, JSON.stringify([...seen])).toBe(0)
      for (const caller of callers) await system.stop(caller)
    },
  )

  it("M7 the books balance to the message after random kills, and what died with a host is counted as lost", async () => {
    const callee = await system.spawn(Recorder, { placement, restart: "permanent", backoff: AT_ONCE })
    const file = join(dir.path, `${placement}-books`)
    writeFileSync(file, "")
    const callers = [
      await system.spawn(Recorder, { placement: "thread" }),
      await system.spawn(Recorder, { placement: "process" }),
    ]
    let sent = 0
    for (let round = 0; round < 8; round++) {
      const far = callers.map((caller, k) => {
        const ids = Array.from({ length: 100 }, (_, i) => `far ${String(k)}-${String(round)}-${String(i)}`)
        sent += 2 * ids.length
        return caller.with({ timeoutMs: 20_000 }).ask.volley({ to: callee, file, ids, way: "recordAndNote" })
      })
      const asks = Array.from({ length: 200 }, (_, i) => {
        const id = `${String(round)}-${String(i)}`
        callee.tell.note({ file, id: `tell ${id}` })
        return outcomeOf(callee.with({ timeoutMs: 20_000 }).ask[i % 2 === 0 ? "record" : "recordSlowly"]({ file, id }))
      })
      sent += 2 * asks.length
      const until = performance.now() + Math.random() * 15
      await eventually(() => performance.now() > until, { everyMs: 1 })
      await strike(callee, placement)
      await Promise.all([...asks, ...far])
      await eventually(
        async () => {
          const balance = balanceOf(await booksOf(system, callee))
          expect(balance.became).toBe(balance.sent)
          return (await rowOf(system, callee))?.status === "running"
        },
        { timeoutMs: 20_000 },
      )
    }
    await eventually(async () => {
      const { inFlight, sent: known } = await booksOf(system, callee)
      return inFlight === 0 && known === sent
    }).catch(() => undefined)
    const books = await booksOf(system, callee)
    expect(balanceOf(books), JSON.stringify(books)).toEqual({ sent, became: sent })
    expect(books.lost).toBeGreaterThan(0)
    // What left a trace was begun: it is in one of these.
    expect(recorded(file).length).toBeLessThanOrEqual(books.handled + books.failed + books.lost)
    expect(recorded(file).length).toBeGreaterThanOrEqual(books.handled)
    for (const actor of [callee, ...callers]) await system.kill(actor)
  })
})
