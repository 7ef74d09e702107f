// What waits in the mailbox of an actor whose thread dies (promise S9). What was handled stands in a file outside.

import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, DeadLetter, SpawnOptions } from "../../runtime/index.js"
import { type Doom, Recorder } from "../fixtures/recorder.js"
import { Chance } from "../support/chance.js"
import { eventually } from "../support/eventually.js"
import { useLiveWorkers } from "../support/live-workers.js"
import { balanceOf, booksOf, failureOf, outcomeOf, rowOf, tally } from "../support/outcome.js"
import { makeTempDir } from "../support/temp-dir.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

const AT_ONCE = { minMs: 0, maxMs: 0 }
const LONG = { timeoutMs: 20_000 }

const dir = makeTempDir()
const workers = useLiveWorkers()
let test: TestSystem
let system: ActorSystem
let files = 0

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

/** An actor in a thread, the file of its traces, and the gate at which it waits. */
interface Scene {
  readonly actor: ActorRef<Recorder>
  readonly file: string
  readonly gate: string
}

async function scene(options: SpawnOptions = {}): Promise<Scene> {
  const file = join(dir.path, String(++files))
  writeFileSync(file, "")
  const actor = await system.spawn(Recorder, { placement: "thread", backoff: AT_ONCE, ...options })
  return { actor, file, gate: `${file}.gate` }
}

const traces = (file: string): string[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")

/** Has the actor wait at its gate; resolves, when it is there, with a way to its ask. */
async function hold({ actor, file, gate }: Scene, doom: Doom): Promise<{ readonly ask: Promise<unknown> }> {
  const ask = actor.with(LONG).ask.doom({ file, id: "in hand", doom, gate })
  ask.catch(() => undefined)
  await eventually(() => traces(file).includes("in hand"))
  return { ask }
}

const open = ({ gate }: Scene): void => writeFileSync(gate, "")

async function terminate(actor: ActorRef): Promise<void> {
  await workers.get((await rowOf(system, actor))?.threadId ?? -1)?.terminate()
}

async function isSettled(actor: ActorRef, sent: number): Promise<void> {
  await eventually(
    async () => {
      const books = await booksOf(system, actor)
      expect({ ...balanceOf(books), inFlight: books.inFlight }, JSON.stringify(books)).toEqual({
        sent,
        became: sent,
        inFlight: 0,
      })
      return true
    },
    { timeoutMs: 10_000, what: "books that balance" },
  )
}

const DEATHS: readonly (readonly [string, Doom, RegExp])[] = [
  ["a throw", "throw", /^$/],
  ["a rejection that nobody awaits", "reject", /WHILE_HANDLING/],
  ["process.exit", "exit", /WHILE_HANDLING/],
  ["a full heap", "memory", /WHILE_HANDLING/],
  ["the termination of its thread", "held", /WHILE_HANDLING/],
  ["the termination of its thread in a loop that hangs", "loop", /WHILE_HANDLING/],
]

describe("a mailbox whose thread dies", () => {
  it.each(DEATHS)(
    "S9 what waits is handled by the next incarnation, once and in the order of each sender; what is in hand is failed: %s",
    async (_, doom, code) => {
      const callers = [
        await system.spawn(Recorder, { placement: "inline" }),
        await system.spawn(Recorder, { placement: "thread" }),
        await system.spawn(Recorder, { placement: "process" }),
      ]
      const here = await scene(doom === "memory" ? { memoryMb: 32 } : {})
      const { actor, file } = here
      const held = await hold(here, doom)
      const volleys = callers.map((caller, k) => {
        const ids = Array.from({ length: 50 }, (_, i) => `${String(k)}-${String(i)}`)
        return caller.with(LONG).ask.volley({ to: actor, file, ids, way: "recordAndNote" })
      })
      await eventually(async () => (await booksOf(system, actor)).sent === 301)
      if (doom === "held") await terminate(actor)
      else open(here)
      if (doom === "loop") {
        // It hangs when it has looked at the gate for the last time; that is not seen from outside.
        await eventually(async () => (await booksOf(system, actor)).inFlight === 301)
        await terminate(actor)
      }
      const failure = await failureOf(held.ask)
      if (doom === "throw") expect(failure).toMatchObject({ name: "TypeError", message: "in hand" })
      else expect(failure.code).toMatch(code)
      for (const told of await Promise.all(volleys)) expect(tally(Object.values(told))).toEqual({ answered: 50 })

      await isSettled(actor, 301)
      const seen = traces(file)
      for (let k = 0; k < callers.length; k++) {
        const inOrder = Array.from({ length: 50 }, (_, i) => [
          `tell ${String(k)}-${String(i)}`,
          `${String(k)}-${String(i)}`,
        ]).flat()
        expect(seen.filter((id) => id.includes(`${String(k)}-`))).toEqual(inOrder)
      }
      expect(seen).toHaveLength(301)
      for (const each of [actor, ...callers]) await system.kill(each)
    },
  )

  it("S9 large messages wait as they were sent, whatever was sent and settled before", async () => {
    const here = await scene()
    const { actor, file } = here
    const bytes = (i: number): Uint8Array => Uint8Array.from({ length: 40_000 + 1000 * i }, (_, at) => i + at)
    const traceOf = (i: number): string => `${String(i)} ${createHash("sha1").update(bytes(i)).digest("hex")}`
    const record = (i: number): Promise<void> => actor.with(LONG).ask.recordBytes({ file, id: String(i), bytes: bytes(i) })
    const numbers = Array.from({ length: 60 }, (_, i) => i)
    for (const i of numbers.slice(0, 30)) await record(i)
    const held = await hold(here, "held")
    const asks = numbers.slice(30).map(record)
    await eventually(async () => (await booksOf(system, actor)).sent === 61)
    await terminate(actor)
    expect((await failureOf(held.ask)).code).toMatch(/WHILE_HANDLING/)
    await Promise.all(asks)
    expect(traces(file).filter((line) => line !== "in hand")).toEqual(numbers.map(traceOf))
    await system.kill(actor)
  })

  it("S9 a message that kills is handled once, an ask or a tell, and kills one incarnation", async () => {
    const here = await scene()
    const { actor, file } = here
    const asked: Promise<string>[] = []
    for (let i = 0; i < 24; i++) {
      const trace = { file, id: String(i) }
      if (i % 8 === 0) asked.push(outcomeOf(actor.with(LONG).ask.crash(trace)))
      else if (i % 8 === 4) actor.tell.crash(trace)
      else if (i % 2 === 0) asked.push(outcomeOf(actor.with(LONG).ask.record(trace)))
      else actor.tell.note(trace)
    }
    const crashes = [0, 8, 16].map((i) => [`no code: TypeError: ${String(i)}`, 1])
    expect(tally(await Promise.all(asked))).toEqual({ answered: 6, ...Object.fromEntries(crashes) })
    await isSettled(actor, 24)
    expect(traces(file)).toEqual(Array.from({ length: 24 }, (_, i) => String(i)))
    expect((await rowOf(system, actor))?.restarts).toBe(6)
    await system.kill(actor)
  })

  it.each([
    ["reject", [0, 1, 2, 3]],
    ["drop-oldest", [8, 9, 10, 11]],
  ] as const)("S9 a mailbox that was full when its thread died keeps what its policy keeps: %s", async (overflow, left) => {
    const here = await scene({ mailbox: { capacity: 4, overflow } })
    const { actor, file } = here
    await hold(here, "throw")
    const asks = Array.from({ length: 12 }, (_, i) => outcomeOf(actor.with(LONG).ask.record({ file, id: String(i) })))
    await eventually(async () => (await booksOf(system, actor)).dropped === 8)
    open(here)
    expect(tally(await Promise.all(asks))).toEqual({ answered: 4, ERR_MAILBOX_FULL: 8 })
    expect(traces(file)).toEqual(["in hand", ...left.map(String)])
    await isSettled(actor, 13)
    await system.kill(actor)
  })

  it("S9 what expires, or is given up, while the actor is being restarted is not handled", async () => {
    const here = await scene({ backoff: { minMs: 400, maxMs: 400 } })
    const { actor, file } = here
    await hold(here, "throw")
    const caller = new AbortController()
    const late = outcomeOf(actor.with({ timeoutMs: 200 }).ask.record({ file, id: "late" }))
    const givenUp = outcomeOf(actor.with({ ...LONG, signal: caller.signal }).ask.record({ file, id: "given up" }))
    actor.with({ timeoutMs: 200 }).tell.note({ file, id: "late tell" })
    const kept = outcomeOf(actor.with(LONG).ask.record({ file, id: "kept" }))
    await eventually(async () => (await booksOf(system, actor)).sent === 5)
    open(here)
    await eventually(async () => (await rowOf(system, actor))?.status === "restarting")
    caller.abort()
    expect(await Promise.all([late, givenUp, kept])).toEqual(["ERR_TIMED_OUT", "ERR_CANCELLED", "answered"])
    expect(traces(file)).toEqual(["in hand", "kept"])
    await isSettled(actor, 5)
    expect((await booksOf(system, actor)).expired).toBe(3)
    await system.kill(actor)
  })

  it("S9 what waits for an actor that is not started again is settled: asks by their error, tells as dead letters", async () => {
    const far = await system.spawn(Recorder, { placement: "thread" })
    const here = await scene({ restart: "temporary" })
    const { actor, file } = here
    const letters: string[] = []
    const stop = system.subscribe("dead-letter", (_, data) => {
      const letter = data as DeadLetter
      if (letter.actor === actor.id) letters.push(`${letter.handler}: ${letter.reason}`)
    })
    await hold(here, "exit")
    const near = Array.from({ length: 5 }, (_, i) => outcomeOf(actor.with(LONG).ask.record({ file, id: String(i) })))
    for (let i = 0; i < 5; i++) actor.tell.note({ file, id: `tell ${String(i)}` })
    const volley = far.with(LONG).ask.volley({ to: actor, file, ids: ["a", "b", "c"], way: "record" })
    await eventually(async () => (await booksOf(system, actor)).sent === 14)
    open(here)
    expect(tally(await Promise.all(near))).toEqual({ ERR_DIED_BEFORE_START: 5 })
    expect(tally(Object.values(await volley))).toEqual({ ERR_DIED_BEFORE_START: 3 })
    await eventually(() => letters.length === 5)
    expect(new Set(letters)).toEqual(new Set(["note: died"]))
    expect(traces(file)).toEqual(["in hand"])
    stop()
    await system.kill(far)
  })

  it("S9 what is too large to be kept is said not to have begun, and what is small beside it is kept", async () => {
    const here = await scene()
    const { actor, file } = here
    await hold(here, "exit")
    const large = outcomeOf(actor.with(LONG).ask.record({ file, id: "l".repeat(400_000) }))
    const small = outcomeOf(actor.with(LONG).ask.record({ file, id: "small" }))
    await eventually(async () => (await booksOf(system, actor)).sent === 3)
    // They leave in frames of their own.
    const later = await eventually(() => outcomeOf(actor.with({ timeoutMs: 1 }).ask.ping()))
    expect(later).toBe("ERR_TIMED_OUT")
    const last = outcomeOf(actor.with(LONG).ask.record({ file, id: "last" }))
    open(here)
    expect(await large).toBe("ERR_DIED_BEFORE_START")
    expect(await Promise.all([small, last])).toEqual(["answered", "answered"])
    expect(traces(file)).toEqual(["in hand", "small", "last"])
    await system.kill(actor)
  })

  it.each([["a seed of its own", Chance.fromEnvironment()] as const, ["a known seed", new Chance(20261123)] as const])(
    "S9 M7 with random deaths under load, each message is handled once or accounted for once: %s",
    { timeout: 120_000 },
    async (_, chance) => {
      const callers = [
        await system.spawn(Recorder, { placement: "thread" }),
        await system.spawn(Recorder, { placement: "process" }),
      ]
      const { actor, file } = await scene()
      let sent = 0
      let deaths = 0
      try {
        for (let round = 0; round < 8; round++) {
          const far = callers.map((caller, k) => {
            const ids = Array.from({ length: 60 }, (_, i) => `far ${String(k)}-${String(round)}-${String(i)}`)
            sent += 2 * ids.length
            return caller.with(LONG).ask.volley({ to: actor, file, ids, way: "recordAndNote" })
          })
          const near = Array.from({ length: 100 }, (_, i) => {
            const id = `${String(round)}-${String(i)}`
            sent += 2
            actor.tell.note({ file, id: `tell ${id}` })
            if (chance.next() < 0.01) {
              deaths++
              return outcomeOf(actor.with(LONG).ask.doom({ file, id, doom: chance.of(["throw", "exit", "reject"] as const) }))
            }
            return outcomeOf(actor.with(LONG).ask[chance.of(["record", "recordSlowly"] as const)]({ file, id }))
          })
          const until = performance.now() + chance.between(0, 15)
          await eventually(() => performance.now() > until, { everyMs: 1 })
          if (chance.next() < 0.6 && (await rowOf(system, actor))?.status === "running") {
            deaths++
            await terminate(actor)
          }
          const told = [...(await Promise.all(near)), ...(await Promise.all(far)).flatMap((each) => Object.values(each))]
          const { answered = 0, ...others } = tally(told)
          for (const outcome of Object.keys(others)) expect(outcome).toMatch(/^ERR_DIED_WHILE_HANDLING$|^no code: TypeError/)
          expect(answered).toBeGreaterThan(0)
        }
        await isSettled(actor, sent)
        const seen = traces(file)
        expect(new Set(seen).size, "handled twice").toBe(seen.length)
        const { lost, failed, handled, ...books } = await booksOf(system, actor)
        expect(books).toMatchObject({ expired: 0, dropped: 0, deadLettered: 0 })
        // No death takes more along than what was in hand.
        expect(lost + failed).toBeLessThanOrEqual(deaths)
        expect(seen.length).toBeLessThanOrEqual(sent)
        expect(seen.length).toBeGreaterThanOrEqual(handled)
      } catch (error) {
        throw new Error(`with TROUPE_TEST_SEED=${String(chance.seed)}`, { cause: error })
      }
      for (const each of [actor, ...callers]) await system.kill(each)
    },
  )
})
