// Threads that were started by the same host talk past that host: in order, with nothing lost or told twice, whoever of them dies, and
// with the host's own loop standing still.

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ActorRef, ActorSystem } from "../../runtime/index.js"
import { Gossip } from "../fixtures/gossip.js"
import { Recorder } from "../fixtures/recorder.js"
import { Chance } from "../support/chance.js"
import { eventually } from "../support/eventually.js"
import { useLiveWorkers } from "../support/live-workers.js"
import { balanceOf, booksOf, outcomeOf, rowOf, tally, terminationOf } from "../support/outcome.js"
import { makeTempDir } from "../support/temp-dir.js"

const THREAD = { placement: "thread" } as const
const AT_ONCE = { minMs: 0, maxMs: 0 }
const LONG = { timeoutMs: 20_000 }
/** `TROUPE_TEST_KILLS=500` makes it that many rounds with deaths. */
const ROUNDS = Math.ceil(Number(process.env["TROUPE_TEST_KILLS"] ?? 60) / 10)

const dir = makeTempDir()
const workers = useLiveWorkers()
let system: ActorSystem
let files = 0

beforeAll(async () => {
  process.env["TROUPE_NODE_RESTART_MAX_RESTARTS"] = "1000000"
  system = await ActorSystem.start({ bus: false, logLevel: "silent" })
})
afterAll(async () => {
  delete process.env["TROUPE_NODE_RESTART_MAX_RESTARTS"]
  await system.shutdown()
  dir.remove()
})

const path = (): string => join(dir.path, String(++files))

async function pair(): Promise<[ActorRef<Gossip>, ActorRef<Gossip>]> {
  return [await system.spawn(Gossip, THREAD), await system.spawn(Gossip, THREAD)]
}

async function end(...actors: readonly ActorRef[]): Promise<void> {
  for (const each of actors) await system.kill(each)
}

/** Blocks the loop of this thread, and so of the host that started the threads, until a file is there. */
function standStillUntil(file: string): void {
  const word = new Int32Array(new SharedArrayBuffer(4))
  const deadline = performance.now() + 10_000
  while (!existsSync(file)) {
    if (performance.now() > deadline) throw new Error("nothing went on while the loop of the host stood still")
    Atomics.wait(word, 0, 0, 1)
  }
}

/** Has one actor ask another while the loop of this thread stands still. Returns how many answers were right. */
async function converseAlone(one: ActorRef<Gossip>, to: ActorRef<Gossip>, asks: number): Promise<number> {
  const [gate, done] = [path(), path()]
  expect(await one.ask.converse({ to, asks: 10 })).toBe(10)
  one.tell.converse({ to, asks, gate, done })
  await eventually(() => existsSync(`${gate}.waits`))
  writeFileSync(gate, "")
  standStillUntil(done)
  return Number(readFileSync(done, "utf8"))
}

const tracesIn = (file: string): string[] => readFileSync(file, "utf8").split("\n").slice(0, -1)

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe("two threads", () => {
  it("exchange asks while the loop of the host that started them stands still", async () => {
    const [one, other] = await pair()
    expect(await converseAlone(one, other, 500)).toBe(500)
    expect(await converseAlone(other, one, 500)).toBe(500)
    await end(one, other)
  })

  it("exchange asks past the host that started the one's parent, when that one was started by a thread", async () => {
    const [one, other] = await pair()
    const child = await one.ask.have()
    expect(await converseAlone(child, other, 200)).toBe(200)
    expect(await converseAlone(other, child, 200)).toBe(200)
    await end(one, other)
  })

  it("exchange asks past a thread that started both and gives its loop to nobody", async () => {
    const parent = await system.spawn(Gossip, THREAD)
    const [one, other] = [await parent.ask.have(), await parent.ask.have()]
    expect(await one.ask.converse({ to: other, asks: 10 })).toBe(10)
    const [gate, done] = [path(), path()]
    one.tell.converse({ to: other, asks: 200, gate, done })
    await eventually(() => existsSync(`${gate}.waits`))
    const held = parent.with(LONG).ask.hold(done)
    await eventually(() => existsSync(`${done}.waits`))
    writeFileSync(gate, "")
    await held
    expect(readFileSync(done, "utf8")).toBe("200")
    await end(parent)
  })

  it("M1 are told in order while what they are told changes over to a way of its own", async () => {
    const to = await system.spawn(Gossip, THREAD)
    for (let round = 0; round < 4; round++) {
      const tellers = await Promise.all(numbers(3).map(() => system.spawn(Gossip, THREAD)))
      await Promise.all(
        tellers.map((teller, k) => teller.ask.spread({ to, by: `${String(round)}.${String(k)}`, first: 0, count: 150 })),
      )
      for (const k of tellers.keys()) {
        const by = `${String(round)}.${String(k)}`
        await eventually(async () => (await to.ask.heard(by)).length === 150)
        expect(await to.ask.heard(by)).toEqual(numbers(150))
      }
      await end(...tellers)
    }
    await end(to)
  })

  it("M8 exchange arrays of 1 MB", async () => {
    const [one, other] = await pair()
    expect(await one.with(LONG).ask.haveWeighed({ to: other, bytes: 1024 * 1024, times: 20 })).toBe(20)
    expect(await other.with(LONG).ask.haveWeighed({ to: one, bytes: 300_000, times: 20 })).toBe(20)
    await end(one, other)
  })

  it("hear each other's events, in order", async () => {
    const [one, other] = await pair()
    await other.ask.listen("from.one")
    await one.ask.converse({ to: other, asks: 10 })
    await one.ask.published("from.one")
    await eventually(async () => (await other.ask.heard("from.one")).length === 10)
    expect(await other.ask.heard("from.one")).toEqual(numbers(10))
    await end(one, other)
  })

  it("M1 W1 hear of a death behind all that the dead has told, also when it told more than a ring holds and ended", async () => {
    const one = await system.spawn(Gossip, { ...THREAD, restart: "temporary" })
    const other = await system.spawn(Gossip, THREAD)
    const gate = path()
    expect(await one.ask.converse({ to: other, asks: 10 })).toBe(10)
    other.tell.hold(gate)
    await eventually(() => existsSync(`${gate}.waits`))
    const ended = terminationOf(system, one)
    one.tell.blurtAndEnd({ to: other, by: "one", first: 0, count: 30_000, bytes: 60 })
    expect(await ended).toMatchObject({ type: "normal" })
    writeFileSync(gate, "")
    expect(await other.with(LONG).ask.heard("one")).toEqual(numbers(30_000))
    await end(other)
  })

  it("A4 handle all that was told before a drain was asked for", async () => {
    const one = await system.spawn(Gossip, THREAD)
    const other = await system.spawn(Recorder, THREAD)
    const file = path()
    for (let i = 0; i < 5; i++) await one.ask.haveNoted({ to: other, file: path(), count: 1 })
    await one.ask.haveNoted({ to: other, file, count: 3000 })
    await system.drain(other)
    expect(tracesIn(file)).toEqual(numbers(3000).map(String))
    await end(one)
  })

  it("M6 M7 bound what one tells another that does not listen, and count all of it", async () => {
    const [one, other] = await pair()
    const gate = path()
    expect(await one.ask.converse({ to: other, asks: 10 })).toBe(10)
    other.tell.hold(gate)
    await eventually(() => existsSync(`${gate}.waits`))
    const before = process.memoryUsage().rss
    const told = 160_000
    for (let first = 0; first < told; first += 20_000)
      await one.with(LONG).ask.blurt({ to: other, by: "one", first, count: 20_000, bytes: 1024 })
    // 160 MB were told, and 64 MiB may wait.
    expect(process.memoryUsage().rss - before).toBeLessThan(130 * 1024 * 1024)
    writeFileSync(gate, "")
    let refused = 0
    // Behind all that was told.
    await eventually(async () => (await outcomeOf(one.ask.converse({ to: other, asks: 1 }))) === "answered" || ++refused < 0)
    const heard = await other.ask.heard("one")
    expect(heard.length).toBeGreaterThan(30_000)
    expect(heard.every((number, i) => i === 0 || number > (heard[i - 1] ?? 0))).toBe(true)
    await workers.get((await rowOf(system, other))?.threadId ?? -1)?.terminate()
    await eventually(async () => (await booksOf(system, other)).deadLettered > 0)
    const books = await booksOf(system, other)
    expect(books).toMatchObject({ deadLettered: told - heard.length + refused, lost: 0, inFlight: 0 })
    await end(one, other)
  })
})

describe("threads that are ended at any moment", () => {
  it.each([["a seed of its own", Chance.fromEnvironment()] as const, ["a known seed", new Chance(20261130)] as const])(
    "M1 M2 M7 S9 lose nothing of each other's messages that is not accounted for, and tell nothing twice: %s",
    { timeout: 60_000 + ROUNDS * 2000 },
    async (_, chance) => {
      const actors = await Promise.all(numbers(3).map(() => system.spawn(Recorder, { ...THREAD, backoff: AT_ONCE })))
      const file = path()
      writeFileSync(file, "")
      /** What was asked of whom by volleys that came back, and what each ask came to. */
      const told: Record<string, string> = {}
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const volleys: Promise<unknown>[] = []
          for (const [k, by] of actors.entries()) {
            for (const [l, to] of actors.entries()) {
              if (k === l) continue
              for (let part = 0; part < 4; part++) {
                const ids = numbers(25).map((i) => [round, k, l, part, i].map((n) => String(n).padStart(3, "0")).join("."))
                const volley = by.with(LONG).ask.volley({ to, file, ids, way: "recordAndNote" })
                volleys.push(
                  volley.then(
                    (outcomes) => Object.assign(told, outcomes),
                    () => undefined,
                  ),
                )
              }
            }
          }
          const until = performance.now() + chance.between(0, 30)
          await eventually(() => performance.now() > until, { everyMs: 1 })
          const victim = await rowOf(system, chance.of(actors))
          if (victim?.status === "running") await workers.get(victim.threadId)?.terminate()
          await Promise.all(volleys)
        }
        for (const each of actors) {
          await eventually(
            async () => {
              const books = await booksOf(system, each)
              expect({ ...balanceOf(books), inFlight: books.inFlight }, JSON.stringify(books)).toEqual({
                sent: books.sent,
                became: books.sent,
                inFlight: 0,
              })
              return true
            },
            { timeoutMs: 10_000, what: "books that balance" },
          )
        }
        const seen = tracesIn(file)
        const times = tally(seen)
        expect(Math.max(...Object.values(times)), "handled twice").toBe(1)
        for (const [id, outcome] of Object.entries(told)) {
          if (outcome === "answered") expect(times[id], id).toBe(1)
          else expect(outcome).toMatch(/^ERR_DIED_WHILE_HANDLING$/)
        }
        expect(tally(Object.values(told))["answered"]).toBeGreaterThan(0)
        for (const k of actors.keys()) {
          for (const l of actors.keys()) {
            const ofPair = seen
              .map((id) => id.replace("tell ", ""))
              .filter((id) => id.slice(4, 11) === `00${String(k)}.00${String(l)}`)
            for (let i = 1; i < ofPair.length; i++) {
              const [before, after] = [ofPair[i - 1] ?? "", ofPair[i] ?? ""]
              // Parts of one round are begun side by side.
              if (before.slice(0, 3) === after.slice(0, 3)) continue
              expect(before < after, `${before} before ${after}`).toBe(true)
            }
          }
        }
      } catch (error) {
        throw new Error(`with TROUPE_SEED=${String(chance.seed)}`, { cause: error })
      }
      await end(...actors)
    },
  )

  it("M1 S9 get what waits in the order it was told, when its reader dies again and again", { timeout: 60_000 }, async () => {
    const chance = Chance.fromEnvironment()
    const to = await system.spawn(Recorder, { ...THREAD, backoff: AT_ONCE })
    const tellers = await Promise.all(numbers(2).map(() => system.spawn(Recorder, THREAD)))
    const file = path()
    writeFileSync(file, "")
    const asked: Promise<Record<string, string>>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      for (const [k, teller] of tellers.entries()) {
        const ids = numbers(20).map((i) => `${String(k)}.${String(round).padStart(4, "0")}.${String(i).padStart(2, "0")}`)
        asked.push(teller.with(LONG).ask.volley({ to, file, ids, way: "record" }))
        await outcomeOf(teller.ask.ping())
      }
      if (chance.next() < 0.3) {
        const row = await rowOf(system, to)
        if (row?.status === "running") await workers.get(row.threadId)?.terminate()
      }
    }
    const outcomes = Object.assign({}, ...(await Promise.all(asked))) as Record<string, string>
    const seen = tracesIn(file)
    for (const k of tellers.keys()) {
      const ofOne = seen.filter((id) => id.startsWith(`${String(k)}.`))
      expect(ofOne, `with TROUPE_SEED=${String(chance.seed)}`).toEqual([...new Set(ofOne)].sort())
    }
    for (const [id, outcome] of Object.entries(outcomes)) {
      expect(outcome, id).toMatch(/^answered$|^ERR_DIED_WHILE_HANDLING$/)
      if (outcome === "answered") expect(seen).toContain(id)
    }
    await end(to, ...tellers)
  })
})
