import { describe, expect, it } from "vitest"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { balanceOf, booksOf, outcomeOf, tally } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const test = useTestSystem()
/** What an ask over a bus that is away may become. */
const SETTLED = ["answered", "ERR_TIMED_OUT", "ERR_NOT_DELIVERED", "ERR_BUS_UNREACHABLE", "ERR_HOST_LOST", "ERR_MAILBOX_FULL"]
const PER_TURN = 5

describe("nats-server that is SIGKILLed and started again under load", () => {
  it(
    "M2 M7 W5 leaves no ask pending, counts what was lost, and watches fire once (scenario 11)",
    { timeout: 60_000 },
    async () => {
      const { system, bus } = test
      const other = await test.join({ name: "other" })
      const callee = await system.spawn(Probe, { placement: "process", name: "callee" })
      const seen = await other.lookup("callee")
      if (seen === undefined) throw new Error("no callee")
      const told: string[] = []
      system.watch(callee, (_, { type }) => told.push(`own ${type}`))
      other.watch(seen, (_, { type }) => told.push(`other ${type}`))

      const outcomes: Promise<string>[] = []
      const over = new AbortController()
      let sent = 0
      const loading = (async () => {
        while (!over.signal.aborted) {
          for (let i = 0; i < PER_TURN; i++) {
            callee.tell.echo(i)
            outcomes.push(outcomeOf(callee.with({ timeoutMs: 2000 }).ask.echo(i)))
            sent += 2
          }
          const until = performance.now() + 5
          await eventually(() => performance.now() > until, { everyMs: 5 })
        }
      })()
      const answered = async (): Promise<void> => {
        await eventually(
          async () => {
            sent++
            return (await outcomeOf(callee.with({ timeoutMs: 500 }).ask.echo(0))) === "answered"
          },
          { timeoutMs: 20_000 },
        )
      }
      for (let round = 0; round < 3; round++) {
        await answered()
        await bus.kill()
        await bus.restart()
      }
      await answered()
      over.abort()
      await loading

      const settling = performance.now()
      const seenOutcomes = tally(await Promise.all(outcomes))
      // Each has a deadline of 2 s; the rest is for a machine that is busy.
      expect(performance.now() - settling).toBeLessThan(6000)
      expect(Object.keys(seenOutcomes).filter((outcome) => !SETTLED.includes(outcome))).toEqual([])
      expect(seenOutcomes["answered"]).toBeGreaterThan(0)
      expect(told).toEqual([])

      // What was on its way when the server went is known to be lost when its receiver's incarnation is over.
      await system.restart(callee)
      await eventually(async () => (await booksOf(system, callee)).inFlight === 0, { timeoutMs: 10_000 })
      const books = await booksOf(system, callee)
      expect(balanceOf(books), JSON.stringify(books)).toEqual({ sent, became: sent })

      await system.stop(callee)
      await eventually(() => told.length >= 2, { timeoutMs: 10_000 })
      expect(told.sort()).toEqual(["other shutdown", "own shutdown"])
    },
  )
})
