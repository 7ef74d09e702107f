// What may come between the turns in which an inline actor starts and ends, which are few: looked at one microtask after the other.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { Actor, type ActorContext, type ActorRef, actor, handler } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { Puppet, type Script, scripted } from "../fixtures/puppet.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

// Without a bus a name is claimed within microtasks.
const { system } = useTestSystem({ bus: false })
const once = { restart: "temporary" } as const
const perform = (script: Script): Promise<ActorRef<Puppet>> => system.spawn(Puppet, { ...once, args: scripted(script) })

/** More than lie between a start and what waits for it. */
const MOMENTS = Array.from({ length: 20 }, (_, moment) => moment)

async function microtasks(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await Promise.resolve()
}

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

@actor({ kind: "bulky", module: import.meta.url })
class Bulky extends Actor {
  static last: WeakRef<Bulky> | undefined

  constructor() {
    super()
    Bulky.last = new WeakRef(this)
  }
}

/** Waits as a promise does, and is a function. */
function callable(then: PromiseLike<unknown>["then"]): unknown {
  return Object.assign(() => undefined, { then })
}

@actor({ kind: "sealed", module: import.meta.url })
class Sealed extends Actor {
  constructor() {
    super()
    Object.defineProperty(this, "onStop", {
      get: () => {
        throw new Error("there is no telling")
      },
    })
  }

  @handler()
  echo(value: unknown): unknown {
    return value
  }
}

@actor({ kind: "descendant", module: import.meta.url })
class Descendant extends Actor {
  static living = 0

  override async onStart(depth: unknown): Promise<void> {
    Descendant.living++
    if (depth !== 0) await this.context.spawn(Descendant, { ...once, args: Number(depth) - 1 })
  }

  override onStop(): void {
    Descendant.living--
  }
}

describe("an inline actor whose start is done", () => {
  it.each(["stop", "drain", "kill"] as const)(
    "A4 ends by %s whichever moment that comes in, and never waits for the next rung",
    async (rung) => {
      const rungs: string[] = []
      for (const moment of MOMENTS) {
        let ended: ReturnType<typeof system.stop> | undefined
        const end = async (self: ActorRef): Promise<void> => {
          await microtasks(moment)
          ended = system[rung](self)
        }
        const spawned = outcomeOf(
          perform({
            async onStart(context: ActorContext) {
              await Promise.resolve()
              void end(context.self)
            },
          }),
        )
        rungs.push((await (await eventually(() => (ended === undefined ? undefined : { ended }))).ended).rung)
        expect(["answered", "ERR_START_FAILED"]).toContain(await spawned)
      }
      expect(rungs).toEqual(MOMENTS.map(() => rung))
      expect(await system.ps()).toEqual([])
    },
  )
})

describe("a name that is claimed for a child", () => {
  it("W2 is free when the child has gone, whichever moment its parent was killed in", async () => {
    const outcomes = new Set<string>()
    for (const moment of MOMENTS) {
      const name = `claimed-${String(moment)}`
      let spawned: Promise<string> | undefined
      const killing = async (self: ActorRef): Promise<void> => {
        await microtasks(moment)
        await system.kill(self)
      }
      const parent = await perform({
        async act(context: ActorContext) {
          await Promise.resolve()
          spawned = outcomeOf(context.spawn(Probe, { ...once, name }))
          void killing(context.self)
          await spawned
        },
      })
      const terminated = terminationOf(system, parent)
      parent.tell.act()
      expect((await terminated).type).toBe("killed")
      outcomes.add((await spawned) ?? "not spawned")
      expect(await system.lookup(name)).toBeUndefined()
      const another = await system.spawn(Probe, { ...once, name })
      await system.stop(another)
    }
    expect([...outcomes].sort()).toEqual(["ERR_SHUT_DOWN", "answered"])
  })
})

describe("what an actor's class may be made of", () => {
  it("A6 one whose onStop cannot even be looked at ends all the same, as crashed", async () => {
    const sealed = await system.spawn(Sealed, once)
    expect(await system.stop(sealed)).toMatchObject({
      rung: "stop",
      reason: { type: "crashed", error: { message: "there is no telling" } },
    })
    const another = await system.spawn(Sealed, once)
    expect((await system.kill(another)).reason.type).toBe("killed")
  })

  it("A6 a function that can be waited for is waited for, in onStart and as an answer", async () => {
    const failing = callable(
      (_, rejected) => new Promise((resolve) => setImmediate(resolve)).then(() => rejected?.(new Error("late"))) as never,
    )
    const starting = failureOf(perform({ onStart: () => failing as Promise<void> }))
    expect(await starting).toMatchObject({ code: "ERR_START_FAILED", cause: { message: "late" } })
    const puppet = await perform({ act: () => callable((resolved) => Promise.resolve(resolved?.("the answer")) as never) })
    expect(await puppet.ask.act()).toBe("the answer")
    await system.stop(puppet)
  })
})

describe("an inline actor that has ended", () => {
  it.each(["stop", "kill"] as const)("A1 by %s is not kept by whoever keeps its ref", async (how) => {
    const ref = await system.spawn(Bulky, once)
    const state = Bulky.last
    await system[how](ref)
    await eventually(() => {
      collect()
      return state?.deref() === undefined
    })
    expect(await ref.isAlive()).toBe(false)
  })
})

describe("many inline actors", () => {
  it.each(["kill", "stop"] as const)("A4 a line of 4,000 descendants ends by %s of the first, and none is left", async (rung) => {
    Descendant.living = 0
    const first = await system.spawn(Descendant, { ...once, args: 4_000, startTimeoutMs: 60_000 })
    expect(Descendant.living).toBe(4_001)
    expect((await system[rung](first)).rung).toBe(rung)
    expect(await system.ps()).toEqual([])
    expect(Descendant.living).toBe(rung === "stop" ? 0 : 4_001)
  })

  it("of 20,000 that wait each takes less than 1,200 bytes of heap, its ref and instance included", async () => {
    const spawned = (count: number): Promise<unknown> => Promise.all(Array.from({ length: count }, () => system.spawn(Bulky)))
    await spawned(1_000)
    collect()
    const before = process.memoryUsage().heapUsed
    const refs = await spawned(20_000)
    collect()
    const each = (process.memoryUsage().heapUsed - before) / 20_000
    expect(refs).toHaveLength(20_000)
    expect(each).toBeGreaterThan(100)
    expect(each).toBeLessThan(1_200)
  })

  it("S4 of 40,000 that end by themselves each takes as long as one of 2,000", async () => {
    /** How long the end of one takes, in milliseconds. */
    const each = async (count: number): Promise<number> => {
      const act = (context: ActorContext): void => context.stop()
      const puppets = await Promise.all(Array.from({ length: count }, () => perform({ act })))
      const begun = performance.now()
      for (const puppet of puppets) puppet.tell.act()
      await Promise.all(puppets.map((puppet) => puppet.join()))
      return (performance.now() - begun) / count
    }
    await each(2_000)
    let few = 0
    for (let round = 0; round < 4; round++) few += (await each(2_000)) / 4
    // It was some eight times as long when each looked at all the others.
    expect((await each(40_000)) / few).toBeLessThan(5)
  })
})
