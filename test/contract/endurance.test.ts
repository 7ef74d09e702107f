import { readdirSync } from "node:fs"
import { setImmediate as turn } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { balanceOf, booksOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

/** How many times longer than in the suite: TEST_ENDURANCE=30 takes half an hour. */
const FACTOR = Number(process.env["TEST_ENDURANCE"] ?? 1)
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
    { timeout: 30_000 + 60_000 * FACTOR },
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
      await tellFor(2000 * FACTOR)
      const after = held()
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
    "restarts leave no memory, listener, thread or file behind (scenario 18)",
    { timeout: 30_000 + 60_000 * FACTOR },
    async () => {
      const { system } = test
      const probe = await system.spawn(Probe, { placement })
      const restart = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++) await system.restart(probe)
        expect(await probe.ask.echo(1)).toBe(1)
      }
      const [first, then] = { inline: [200, 2000], thread: [5, 15], process: [2, 4] }[placement] as [number, number]
      await restart(first)
      const before = held()
      await restart(then * FACTOR)
      await expectNoMore(before)
      await system.stop(probe)
    },
  )
})

describe.runIf(process.platform === "linux")("a bus that goes away again and again", () => {
  it("leaves no memory, listener or file behind (scenario 18)", { timeout: 30_000 + 60_000 * FACTOR }, async () => {
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
    await reconnect(2)
    const before = held()
    await reconnect(4 * FACTOR)
    await expectNoMore(before)
    await system.stop(apart)
  })
})
