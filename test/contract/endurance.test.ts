import { readdirSync } from "node:fs"
import { setImmediate as turn } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { balanceOf, booksOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

/** `npm run test:long`: what the suite tries for a moment goes on for a minute, or some hundreds or thousands of times. */
const LONG = process.env["TROUPE_TEST_LONG"] === "1"
const HOUR_MS = 3_600_000
/** How long a sender goes on, how often an actor is started again after some first times, and a bus. */
const SENDS_MS = LONG ? 60_000 : 2000
const RESTARTS = LONG
  ? { inline: [1000, 10_000], thread: [100, 2000], process: [20, 500] }
  : { inline: [200, 2000], thread: [5, 15], process: [2, 4] }
const RECONNECTS = LONG ? [20, 1000] : [2, 4]
const MIB = 1024 * 1024

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
const test = useTestSystem()

interface Held {
  readonly heap: number
  readonly files: number
  readonly threads: number
  readonly listeners: number
}

/** What this process holds after its garbage is gone. */
function held(): Held {
  collect()
  collect()
  return {
    heap: process.memoryUsage().heapUsed + process.memoryUsage().external,
    files: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    listeners: process.eventNames().reduce((count, name) => count + process.listenerCount(name), 0),
  }
}

/**
 * What a flood may take: 64 MiB wait at most for room in a ring or on the bus, and the owner of a thread keeps up to 16 MiB for the
 * thread's next life. A quarter on top is for the objects that hold those bytes. On a busy machine a receiver gets so far behind.
 */
const BOUND_MIB = { inline: 16, thread: 1.25 * (64 + 16), process: 1.25 * 64 }

/** Does something many times, and says in the long form what a thousand of it took of memory: the slope over ten looks at it. */
async function many(what: string, times: number, work: (times: number) => Promise<void>): Promise<void> {
  const looks: { readonly done: number; readonly mib: number }[] = []
  const parts = LONG ? 10 : 1
  for (let part = 1; part <= parts; part++) {
    await work(Math.round(times / parts))
    if (LONG) looks.push({ done: (times / parts) * part, mib: held().heap / MIB })
  }
  if (LONG)
    console.info(`${what}: ${String(times)} times, ${slope(looks).toFixed(3)} MiB for each thousand; ${shownLooks(looks)}`)
}

/** Least squares, per thousand. */
function slope(looks: readonly { readonly done: number; readonly mib: number }[]): number {
  const mean = (of: (look: { done: number; mib: number }) => number): number =>
    looks.reduce((sum, look) => sum + of(look), 0) / looks.length
  const [x, y] = [mean(({ done }) => done), mean(({ mib }) => mib)]
  return (1000 * mean(({ done, mib }) => (done - x) * (mib - y))) / mean(({ done }) => (done - x) ** 2)
}

function shownLooks(looks: readonly { readonly mib: number }[]): string {
  return `MiB at each tenth: ${looks.map(({ mib }) => mib.toFixed(1)).join(" ")}`
}

/** What is on its way out gets the time for it. */
async function expectNoMore(before: Held): Promise<void> {
  await eventually(
    () => {
      const now = held()
      expect((now.heap - before.heap) / MIB).toBeLessThan(8)
      expect(now.listeners).toBe(before.listeners)
      expect(now.threads).toBeLessThanOrEqual(before.threads)
      expect(now.files).toBeLessThanOrEqual(before.files)
      return true
    },
    { timeoutMs: 5000, everyMs: 100 },
  )
}

describe.runIf(process.platform === "linux").each(PLACEMENTS)("what goes on for long: %s", (placement) => {
  it(
    "M5 M7 a fast sender and a slow receiver: the sender goes on, memory stays, and the books balance (scenario 17)",
    { timeout: 90_000 + 3 * SENDS_MS },
    async () => {
      const { system } = test
      const slow = await system.spawn(Probe, { placement, mailbox: { capacity: 100 }, restart: "temporary" })
      let sent = 0
      const tellFor = async (ms: number): Promise<void> => {
        const end = performance.now() + ms
        while (performance.now() < end) {
          for (let i = 0; i < 50; i++, sent++) slow.tell.slowly(20)
          await turn()
        }
      }
      await tellFor(500)
      const before = held()
      await tellFor(SENDS_MS)
      const after = held()
      if (LONG) console.info(`${placement}: ${String(sent)} told, ${((after.heap - before.heap) / MIB).toFixed(1)} MiB more held`)
      expect((after.heap - before.heap) / MIB).toBeLessThan(BOUND_MIB[placement])
      await eventually(async () => (await booksOf(system, slow)).inFlight === 0, { timeoutMs: 20_000 })
      const books = await booksOf(system, slow)
      expect(balanceOf(books)).toEqual({ sent, became: sent })
      expect(books.dropped).toBeGreaterThan(0)
      expect(books.handled).toBeGreaterThan(0)
      await system.kill(slow)
    },
  )

  it(
    "M6 a fast sender that awaits room: nothing is dropped, and memory stays (scenario 17)",
    { timeout: 90_000 + 3 * SENDS_MS },
    async () => {
      const { system } = test
      const slow = await system.spawn(Probe, { placement, mailbox: { capacity: 100 }, restart: "temporary" })
      let sent = 0
      const tellFor = async (ms: number): Promise<void> => {
        const end = performance.now() + ms
        while (performance.now() < end) for (let room = await slow.room(); room > 0; room--, sent++) slow.tell.busy(0.1)
      }
      await tellFor(200)
      const before = held()
      await tellFor(LONG ? SENDS_MS : 500)
      const after = held()
      if (LONG) console.info(`${placement}: ${String(sent)} told, ${((after.heap - before.heap) / MIB).toFixed(1)} MiB more held`)
      expect((after.heap - before.heap) / MIB).toBeLessThan(8)
      await eventually(async () => (await booksOf(system, slow)).inFlight === 0, { timeoutMs: 20_000 })
      expect(await booksOf(system, slow)).toMatchObject({ sent, handled: sent, dropped: 0 })
      await system.kill(slow)
    },
  )

  it(
    "restarts leave no memory, listener, thread or file behind (scenario 18)",
    { timeout: LONG ? HOUR_MS : 90_000 },
    async () => {
      const { system } = test
      const probe = await system.spawn(Probe, { placement })
      const restart = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++) await system.restart(probe)
        expect(await probe.ask.echo(1)).toBe(1)
      }
      const [first, then] = RESTARTS[placement] as [number, number]
      await restart(first)
      const before = held()
      await many(`${placement}: started again`, then, restart)
      await expectNoMore(before)
      await system.stop(probe)
    },
  )
})

describe.runIf(process.platform === "linux")("a bus that goes away again and again", () => {
  it("leaves no memory, listener or file behind (scenario 18)", { timeout: LONG ? HOUR_MS : 90_000 }, async () => {
    const { system, bus } = test
    const apart = await system.spawn(Probe, { placement: "process" })
    const reconnect = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await bus.kill()
        await bus.restart()
        await eventually(
          async () =>
            (await apart
              .with({ timeoutMs: 500 })
              .ask.echo(1)
              .catch(() => 0)) === 1,
          { timeoutMs: 20_000 },
        )
      }
    }
    const [first, then] = RECONNECTS as [number, number]
    await reconnect(first)
    const before = held()
    await many("a bus that was killed and started again", then, reconnect)
    await expectNoMore(before)
    await system.stop(apart)
  })
})
