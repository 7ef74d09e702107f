import { beforeAll, describe, expect, it } from "vitest"
import { type ActorRef, type ActorSystem, type ExitReason, Supervisor, supervisorSpec } from "../../runtime/index.js"
import { Joiner } from "../fixtures/joiner.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { codeOfFailure, failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system, join } = useTestSystem()
let other: ActorSystem
beforeAll(async () => {
  other = await join({ name: "other" })
})

describe.each(PLACEMENTS)("joining: %s", (placement) => {
  const spawn = (): Promise<ActorRef<Probe>> => system.spawn(Probe, { placement, restart: "transient" })

  it("P9 join resolves with the reason when the actor has ended for good, and a restart is not an end", async () => {
    const probe = await spawn()
    const joined = probe.join()
    expect(await probe.isAlive()).toBe(true)
    await outcomeOf(probe.ask.crash("and comes back"))
    await eventually(async () => (await outcomeOf(probe.ask.echo(1))) === "answered")
    expect(await codeOfFailure(probe.join({ timeoutMs: 0 }))).toBe("ERR_JOIN_TIMED_OUT")
    probe.tell.stop()
    expect((await joined).type).toBe("normal")
    expect(await probe.isAlive()).toBe(false)
  })

  it("P9 joining an actor that has ended already gives its reason at once", async () => {
    const probe = await spawn()
    const ending = await system.kill(probe)
    expect(await probe.join()).toEqual(ending.reason)
    expect((await probe.join({ timeoutMs: 0 })).type).toBe("killed")
  })

  it("P9 a join that takes too long fails with a typed error, one that is aborted with another, and the actor goes on", async () => {
    const probe = await spawn()
    const failure = await failureOf(probe.join({ timeoutMs: 20 }))
    expect(failure).toMatchObject({ code: "ERR_JOIN_TIMED_OUT", data: { actor: probe.name, timeoutMs: 20 } })
    const controller = new AbortController()
    const aborted = codeOfFailure(probe.join({ signal: controller.signal }))
    controller.abort()
    expect(await aborted).toBe("ERR_CANCELLED")
    expect(await codeOfFailure(probe.join({ signal: AbortSignal.abort() }))).toBe("ERR_CANCELLED")
    expect(await probe.ask.echo(1)).toBe(1)
    await system.stop(probe)
  })

  it("P9 many join one actor, from its own program, from another, and from other actors; all get the same reason", async () => {
    const probe = await system.spawn(Probe, { placement, name: `joined-${placement}`, restart: "temporary" })
    const far = (await other.lookup(`joined-${placement}`)) as ActorRef<Probe> | undefined
    if (far === undefined) throw new Error("not found")
    const joiners = await Promise.all(PLACEMENTS.map((at) => system.spawn(Joiner, { placement: at })))
    const joins: Promise<ExitReason>[] = [
      probe.join(),
      probe.join(),
      far.join(),
      ...joiners.map((joiner) => joiner.ask.join(probe)),
    ]
    expect(await far.isAlive()).toBe(true)
    expect(await Promise.all(joiners.map((joiner) => joiner.ask.isAlive(probe)))).toEqual([true, true, true])
    const holding = await hold(system, probe)
    await system.kill(probe)
    await holding.outcome
    expect((await Promise.all(joins)).map(({ type }) => type)).toEqual(joins.map(() => "killed"))
    expect(await far.isAlive()).toBe(false)
    expect((await far.join()).type).toBe("killed")
    expect(await Promise.all(joiners.map((joiner) => joiner.ask.isAlive(probe)))).toEqual([false, false, false])
    for (const joiner of joiners) await system.stop(joiner)
  })

  it("P9 enumerate lists what lives with its name, kind, placement and whether it is a daemon, from the program and from actors", async () => {
    const name = `listed-${placement}`
    const joiner = await system.spawn(Joiner, { placement, name, daemon: true })
    const tree = await system.spawn(Supervisor, {
      placement,
      daemon: true,
      args: supervisorSpec({ children: [{ id: "one", actor: Probe, name: `below-${placement}`, placement }] }),
    })
    const plain = await system.spawn(Probe, { placement })
    const expected = [
      { name, kind: "joiner", placement, status: "running", daemon: true },
      { name: plain.name, kind: "probe", placement, status: "running", daemon: false },
      { name: `below-${placement}`, kind: "probe", placement, status: "running", daemon: true },
    ]
    const listed = await system.enumerate()
    for (const one of expected) expect(listed).toContainEqual(expect.objectContaining(one))
    expect(listed.find((one) => one.name === name)?.ref.equals(joiner)).toBe(true)
    const seen = await joiner.ask.enumerate()
    expect(new Set(seen.map((one) => one.ref.id))).toEqual(new Set(listed.map((one) => one.ref.id)))
    for (const one of expected) expect(seen).toContainEqual(expect.objectContaining(one))
    const listedProbe = listed.find((one) => one.name === `below-${placement}`)?.ref as ActorRef<Probe> | undefined
    expect(await listedProbe?.ask.echo("listed")).toBe("listed")
    await system.stop(joiner)
    await system.stop(plain)
    await system.stop(tree)
    expect((await system.enumerate()).filter((one) => expected.some((two) => two.name === one.name))).toEqual([])
  })
})

describe.each(PLACEMENTS)("after a join: %s", (placement) => {
  it("P9 an actor that was joined is not listed, does not live, and its name is free at once", async () => {
    const rounds = { inline: 50, thread: 10, process: 5 }[placement]
    const name = `again-${placement}`
    for (let round = 0; round < rounds; round++) {
      const probe = await system.spawn(Probe, { placement, name, restart: "temporary" })
      const joined = probe.join()
      if (round % 2 === 0) probe.tell.stop()
      else void outcomeOf(probe.ask.crash("over"))
      await joined
      expect((await system.enumerate()).filter(({ ref }) => ref.equals(probe))).toEqual([])
      expect([await probe.isAlive(), await system.lookup(name)]).toEqual([false, undefined])
    }
  })
})

describe("joining", () => {
  it("P9 how an actor ended is known for the last 1,000 of a host, after that the reason is no-such-actor", async () => {
    const first = await Promise.all(PLACEMENTS.map((placement) => system.spawn(Probe, { placement, restart: "temporary" })))
    for (const probe of first) await system.kill(probe)
    const end = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) await system.stop(await system.spawn(Probe))
    }
    const reasons = (): Promise<string[]> => Promise.all(first.map(async (probe) => (await probe.join({ timeoutMs: 5000 })).type))
    const farJoiner = await other.spawn(Joiner)
    const farReasons = (): Promise<string[]> => Promise.all(first.map(async (probe) => (await farJoiner.ask.join(probe)).type))
    // They are three of the thousand.
    await end(997)
    expect([await reasons(), await farReasons()]).toEqual([Array(3).fill("killed"), Array(3).fill("killed")])
    for (const [forgotten] of first.entries()) {
      await end(1)
      const expected = first.map((_, n) => (n <= forgotten ? "no-such-actor" : "killed"))
      expect([await reasons(), await farReasons()]).toEqual([expected, expected])
    }
    await other.stop(farJoiner)
  })

  it("P9 an actor of a program that has left is not alive, and its join ends", async () => {
    const third = await join({ name: "third" })
    await third.spawn(Probe, { name: "leaver" })
    const far = await system.lookup("leaver")
    if (far === undefined) throw new Error("not found")
    const joined = far.join()
    expect(await far.isAlive()).toBe(true)
    await third.shutdown()
    expect((await joined).type).toBe("shutdown")
    expect(await far.isAlive()).toBe(false)
  })

  it.each([{ timeoutMs: -1 }, { timeoutMs: NaN }, { timeoutMs: "9" }, { timeout: 1 }, { signal: {} }, null])(
    "P9 %j is refused",
    async (options) => {
      const probe = await system.spawn(Probe)
      expect(await codeOfFailure(probe.join(options as unknown as { timeoutMs: number }))).toBe("ERR_BAD_OPTION")
      await system.stop(probe)
    },
  )
})
