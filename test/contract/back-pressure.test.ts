import { beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { feed, Feeder } from "../fixtures/feeder.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { balanceOf, booksOf, codeOfFailure, failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const CAPACITY = 20
const { system, join, bus } = useTestSystem()
let other: ActorSystem
beforeAll(async () => {
  other = await join({ name: "other" })
})

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)

describe.each(PLACEMENTS)("back-pressure to the sender: %s", (placement) => {
  const spawn = (options: { name?: string; restart?: "permanent" | "temporary" } = {}): Promise<ActorRef<Probe>> =>
    system.spawn(Probe, { placement, mailbox: { capacity: CAPACITY }, restart: "temporary", ...options })
  const expectAll = async (probe: ActorRef<Probe>, count: number): Promise<unknown[]> => {
    await eventually(async () => (await booksOf(system, probe)).handled >= count, { timeoutMs: 20_000 })
    const books = await booksOf(system, probe)
    expect(books).toMatchObject({ dropped: 0, deadLettered: 0, lost: 0 })
    const { sent, became } = balanceOf(books)
    expect(became).toBe(sent)
    return probe.ask.noted()
  }

  it("M6 without it a sender that is too fast has tells dropped; one that awaits room has none, and order is kept", async () => {
    const probe = await spawn()
    for (const i of range(0, 200)) probe.tell.noteLater(i)
    await eventually(async () => (await booksOf(system, probe)).sent === 200)
    expect((await booksOf(system, probe)).dropped).toBeGreaterThan(0)
    await system.kill(probe)

    const heeded = await spawn()
    await feed({ to: heeded, from: 0, count: 200 })
    expect(await expectAll(heeded, 200)).toEqual(range(0, 200))
    await system.kill(heeded)
  })

  it("M6 it gives room for as many as are asked for, or for half of what the mailbox holds", async () => {
    const probe = await spawn()
    const holding = await hold(system, probe)
    expect(await probe.room()).toBe(CAPACITY / 2)
    expect(await probe.room({ messages: CAPACITY })).toBe(CAPACITY)
    for (const i of range(0, CAPACITY)) probe.tell.note(i)
    const room = probe.room({ messages: 1 })
    expect(await codeOfFailure(probe.room({ timeoutMs: 30 }))).toBe("ERR_TIMED_OUT")
    expect((await booksOf(system, probe)).inFlight).toBe(CAPACITY + 1)
    holding.release()
    expect(await room).toBe(1)
    await system.kill(probe)
  })

  it("M6 senders inline, in a thread, in a process and in another program share one mailbox, and none has a tell dropped", async () => {
    const name = `shared-${placement}`
    const probe = await spawn({ name })
    const far = (await other.lookup(name)) as ActorRef<Probe> | undefined
    if (far === undefined) throw new Error("not found")
    const feeders = await Promise.all(PLACEMENTS.map((at) => system.spawn(Feeder, { placement: at })))
    const fed = feeders.map((feeder, i) =>
      feeder.with({ timeoutMs: 20_000 }).ask.feed({ to: probe, from: i * 1000, count: 60, messages: 8 }),
    )
    await Promise.all([...fed, feed({ to: far, from: 3000, count: 60, messages: 8 })])
    const noted = (await expectAll(probe, 240)) as number[]
    for (const sender of [0, 1, 2, 3])
      expect(noted.filter((value) => Math.floor(value / 1000) === sender)).toEqual(range(sender * 1000, 60))
    await Promise.all([probe, ...feeders].map((ref) => system.kill(ref)))
  })

  it("M6 whoever waits when the actor is started again gets room in its next life", async () => {
    const probe = await spawn({ restart: "permanent" })
    const holding = await hold(system, probe)
    for (const i of range(0, CAPACITY - 1)) probe.tell.note(i)
    probe.tell.crash("with a full mailbox")
    const room = probe.room()
    expect(await codeOfFailure(probe.room({ timeoutMs: 30 }))).toBe("ERR_TIMED_OUT")
    holding.release()
    expect(await room).toBe(CAPACITY / 2)
    await feed({ to: probe, from: 0, count: 40 })
    await eventually(async () => (await booksOf(system, probe)).inFlight === 0)
    expect((await booksOf(system, probe)).dropped).toBe(0)
    expect(await probe.ask.notedCount()).toBeGreaterThanOrEqual(40)
    await system.kill(probe)
  })

  it("M6 it fails with a typed error when the actor ends, or takes no messages any more", async () => {
    const probe = await spawn()
    const holding = await hold(system, probe)
    for (const i of range(0, CAPACITY)) probe.tell.note(i)
    const waiting = outcomeOf(probe.room())
    const cancelled = new AbortController()
    const given = outcomeOf(probe.room({ signal: cancelled.signal }))
    cancelled.abort()
    expect(await given).toBe("ERR_CANCELLED")
    const drained = system.drain(probe)
    expect(await waiting).toBe("ERR_STOPPING")
    expect(await codeOfFailure(probe.room())).toBe("ERR_STOPPING")
    holding.release()
    await drained
    expect(await failureOf(probe.room())).toMatchObject({ code: "ERR_NO_ACTOR", data: { actor: probe.name } })

    const killed = await spawn()
    await hold(system, killed)
    for (const i of range(0, CAPACITY)) killed.tell.note(i)
    const left = outcomeOf(killed.room())
    await killed.room({ timeoutMs: 30 }).catch(() => undefined)
    await system.kill(killed)
    expect(await left).toBe("ERR_NO_ACTOR")
  })

  it("M6 what makes no sense is refused, naming the option", async () => {
    const probe = await spawn()
    const wrong: [object, string][] = [
      [{ messages: 0 }, "messages"],
      [{ messages: 1.5 }, "messages"],
      [{ messages: CAPACITY + 1 }, "messages"],
      [{ timeoutMs: 0 }, "timeoutMs"],
      [{ timeoutMs: "5" }, "timeoutMs"],
      [{ signal: "no" }, "signal"],
      [{ mesages: 1 }, "mesages"],
    ]
    for (const [options, named] of wrong) {
      const failure = await failureOf(probe.room(options))
      expect(failure).toMatchObject({ code: "ERR_BAD_OPTION" })
      expect(failure.message).toContain(named)
    }
    await system.kill(probe)
  })
})

it("M6 a sender that waits for room while the bus is started again goes on afterwards", async () => {
  const probe = await system.spawn(Probe, { placement: "process", mailbox: { capacity: CAPACITY } })
  const holding = await hold(system, probe)
  for (const i of range(0, CAPACITY)) probe.tell.note(i)
  const room = probe.room()
  expect(await codeOfFailure(probe.room({ timeoutMs: 30 }))).toBe("ERR_TIMED_OUT")
  await bus.kill()
  await bus.restart()
  // The word to let go is lost while its process is not back on the bus; that is who says that there will never be so much room.
  const tooMuch = (): Promise<string> => outcomeOf(probe.room({ messages: CAPACITY + 1, timeoutMs: 500 }))
  await eventually(async () => (await tooMuch()) === "ERR_BAD_OPTION", { timeoutMs: 20_000 })
  holding.release()
  expect(await room).toBe(CAPACITY / 2)
  await system.kill(probe)
})
