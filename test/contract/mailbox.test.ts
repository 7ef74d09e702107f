import { describe, expect, it } from "vitest"
import type { ActorRef, DeadLetter, OverflowPolicy } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { balanceOf, booksOf, outcomeOf, PLACEMENTS, tally } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

describe.each(PLACEMENTS)("the mailbox: %s", (placement) => {
  /** Fills a held actor's mailbox of three with six tells, then lets it go on; gives what it handled. */
  async function overflow(
    policy: OverflowPolicy,
  ): Promise<{ noted: unknown[]; dropped: number; letters: string[]; probe: ActorRef<Probe> }> {
    const probe = await system.spawn(Probe, { placement, mailbox: { capacity: 3, overflow: policy } })
    const letters: string[] = []
    const stop = system.subscribe("dead-letter", (_, data) => {
      const letter = data as DeadLetter
      if (letter.actor === probe.id) letters.push(letter.reason)
    })
    const holding = await hold(system, probe)
    for (let i = 1; i <= 6; i++) probe.tell.note(i)
    await eventually(async () => (await booksOf(system, probe)).sent === 7)
    holding.release()
    await eventually(async () => (await booksOf(system, probe)).inFlight === 0)
    const { dropped } = await booksOf(system, probe)
    await eventually(() => letters.length >= dropped)
    stop()
    return { noted: (await probe.ask.noted()).slice(1), dropped, letters, probe }
  }

  it("M5 reject drops a tell that finds it full, counts it and publishes it as a dead letter", async () => {
    const { noted, dropped, letters, probe } = await overflow("reject")
    expect(noted).toEqual([1, 2, 3])
    expect(dropped).toBe(3)
    expect(letters).toEqual(["mailbox-full", "mailbox-full", "mailbox-full"])
    await system.stop(probe)
  })

  it("M5 drop-newest keeps the oldest", async () => {
    const { noted, dropped, probe } = await overflow("drop-newest")
    expect({ noted, dropped }).toEqual({ noted: [1, 2, 3], dropped: 3 })
    await system.stop(probe)
  })

  it("M5 drop-oldest keeps the newest", async () => {
    const { noted, dropped, probe } = await overflow("drop-oldest")
    expect({ noted, dropped }).toEqual({ noted: [4, 5, 6], dropped: 3 })
    await system.stop(probe)
  })

  it("M5 wait keeps all of them, within its bound", async () => {
    const { noted, dropped, probe } = await overflow("wait")
    expect({ noted, dropped }).toEqual({ noted: [1, 2, 3, 4, 5, 6], dropped: 0 })
    await system.stop(probe)
  })

  it("M5 stop has a lane of its own: a full mailbox does not keep it out", async () => {
    const probe = await system.spawn(Probe, { placement, mailbox: { capacity: 1 } })
    const holding = await hold(system, probe)
    probe.tell.note(1)
    const stopped = system.stop(probe)
    holding.release()
    expect(await stopped).toMatchObject({ rung: "stop" })
  })

  it("M5 overflow never throws into the sender's loop", async () => {
    const probe = await system.spawn(Probe, { placement, mailbox: { capacity: 10 } })
    const holding = await hold(system, probe)
    for (let i = 0; i < 5000; i++) probe.tell.note(i)
    await eventually(async () => (await booksOf(system, probe)).sent === 5001)
    expect((await booksOf(system, probe)).dropped).toBe(4990)
    holding.release()
    await system.stop(probe)
  })

  it("M7 the books balance after answers, errors, refusals, overflow, expiry and restarts", async () => {
    const probe = await system.spawn(Probe, { placement, mailbox: { capacity: 20 }, restart: "permanent" })
    const balanced = async (): Promise<boolean> => {
      const books = await booksOf(system, probe)
      const { sent, became } = balanceOf(books)
      expect(became, JSON.stringify(books)).toBe(sent)
      return true
    }
    const any = probe.ask as unknown as Readonly<Record<string, (input?: unknown) => Promise<unknown>>>
    for (let round = 0; round < 3; round++) {
      const holding = await hold(system, probe)
      const settled = [
        ...Array.from({ length: 30 }, (_, i) => outcomeOf(probe.ask.echo(i))),
        outcomeOf(probe.with({ timeoutMs: 20 }).ask.echo("expires")),
      ]
      for (let i = 0; i < 5; i++) probe.tell.note(i)
      await balanced()
      await settled[30]
      holding.release()
      await Promise.all(settled)
      await outcomeOf(probe.ask.refuse({}))
      await outcomeOf(any["nowhere"]?.() ?? Promise.resolve())
      await outcomeOf(any["order"]?.("bad") ?? Promise.resolve())
      await balanced()
      await outcomeOf(probe.ask.crash("in the middle"))
      await eventually(async () => (await outcomeOf(probe.ask.echo(1))) === "answered")
      await eventually(balanced)
    }
    const books = await booksOf(system, probe)
    expect(books.inFlight).toBe(0)
    await system.stop(probe)
  })

  it("M7 what is asked of a killed actor is all accounted for", async () => {
    const probe = await system.spawn(Probe, { placement, restart: "temporary", mailbox: { capacity: 200 } })
    const holding = await hold(system, probe)
    const outcomes = Array.from({ length: 300 }, (_, i) => outcomeOf(probe.with({ timeoutMs: 20_000 }).ask.echo(i)))
    await eventually(async () => (await booksOf(system, probe)).sent === 301)
    const { sent, became } = balanceOf(await booksOf(system, probe))
    expect(became).toBe(sent)
    await system.kill(probe)
    expect(await holding.outcome).toBe("ERR_DIED_WHILE_HANDLING")
    expect(tally(await Promise.all(outcomes))).toEqual({ ERR_MAILBOX_FULL: 100, ERR_DIED_BEFORE_START: 200 })
  })
})

describe("a thread that does not read", () => {
  it("M6 is sent what the bound allows; the rest is refused at once, counted and published, and all else arrives", async () => {
    const probe = await system.spawn(Probe, { placement: "thread" })
    const refused: string[] = []
    const stop = system.subscribe("dead-letter", (_, data) => {
      const { actor, reason } = data as DeadLetter
      if (actor === probe.id && reason === "not-delivered") refused.push(reason)
    })
    const large = "x".repeat(1024 * 1024)
    probe.tell.busy(2000)
    let told = 0
    while (told < 900 && refused.length === 0) {
      probe.tell.echo(large)
      told++
    }
    // What is sent and what waits are bounded: 32 and 64 MiB.
    expect(told).toBeGreaterThan(90)
    expect(told).toBeLessThan(200)
    await eventually(async () => (await booksOf(system, probe)).inFlight === 0, { timeoutMs: 20_000 })
    const books = await booksOf(system, probe)
    expect(books).toMatchObject({ sent: told + 1, handled: told + 1 - refused.length, deadLettered: refused.length })
    expect(await probe.ask.echo("after")).toBe("after")
    stop()
    await system.stop(probe)
  })
})
