// How parents and children end together, when they do so in the least convenient order. Closures drive it, so the parents are inline.

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorContext, ActorRef, ActorSystem } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { Puppet, type Script, scripted, throwLater } from "../fixtures/puppet.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf, outcomeOf, PLACEMENTS, rowOf, terminationOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(() => test.stop())

const once = { restart: "temporary" } as const
const perform = (script: Script): Promise<ActorRef<Puppet>> => system.spawn(Puppet, { ...once, args: scripted(script) })

describe.each(PLACEMENTS)("a child that is spawned in the very turn in which its parent is killed: %s", (placement) => {
  it("S11 is refused, and nothing of it runs", async () => {
    let spawned: Promise<string> | undefined
    const parent = await perform({
      async act(context: ActorContext) {
        await Promise.resolve()
        spawned = outcomeOf(context.spawn(Probe, { ...once, placement, name: `late-${placement}` }))
        void system.kill(parent)
      },
    })
    await outcomeOf(parent.ask.act())
    expect((await terminationOf(system, parent)).type).toBe("killed")
    expect(await spawned).toBe("ERR_SHUT_DOWN")
    expect((await system.ps()).filter(({ name }) => name === `late-${placement}`)).toEqual([])
    expect(await system.lookup(`late-${placement}`)).toBeUndefined()
  })

  it("S11 is refused too when it has no name", async () => {
    let spawned: Promise<string> | undefined
    const before = (await system.ps()).length
    const parent = await perform({
      async act(context: ActorContext) {
        await Promise.resolve()
        spawned = outcomeOf(context.spawn(Probe, { ...once, placement }))
        void system.kill(parent)
      },
    })
    await outcomeOf(parent.ask.act())
    expect((await terminationOf(system, parent)).type).toBe("killed")
    expect(await spawned).toBe("ERR_SHUT_DOWN")
    await eventually(async () => (await system.ps()).length <= before)
  })
})

describe("a parent that is killed by a synchronous handler of its own child", () => {
  it("A4 ends all the same, its child as soon as that handler returns", async () => {
    let child: ActorRef<Puppet> | undefined
    let sibling: ActorRef<Probe> | undefined
    let killed: Promise<unknown> | undefined
    const parent = await perform({
      async onStart(context) {
        sibling = await context.spawn(Probe, once)
        const args = scripted({
          act() {
            killed = system.kill(parent)
            return "returned"
          },
        })
        child = await context.spawn(Puppet, { ...once, args })
      },
    })
    const ended = terminationOf(system, parent)
    if (child === undefined || sibling === undefined) throw new Error("the children are missing")
    const ends = [terminationOf(system, child), terminationOf(system, sibling)]
    await outcomeOf(child.ask.act())
    expect(await killed).toMatchObject({ rung: "kill", reason: { type: "killed" } })
    expect((await ended).type).toBe("killed")
    for (const end of ends) expect((await end).type).toBe("killed")
    const ids = [parent.id, child.id, sibling.id]
    expect((await system.ps()).filter(({ id }) => ids.includes(id))).toEqual([])
  })

  it("A4 ends too when the handler is a grandchild's", async () => {
    let grandchild: ActorRef<Puppet> | undefined
    const parent = await perform({
      async onStart(context) {
        const args = scripted({
          async onStart(inner) {
            const act = (): Promise<unknown> => {
              void system.kill(parent)
              return Promise.resolve()
            }
            grandchild = await inner.spawn(Puppet, { ...once, args: scripted({ act }) })
          },
        })
        await context.spawn(Puppet, { ...once, args })
      },
    })
    const ended = terminationOf(system, parent)
    if (grandchild === undefined) throw new Error("the grandchild is missing")
    await outcomeOf(grandchild.ask.act())
    expect((await ended).type).toBe("killed")
    expect(await rowOf(system, grandchild)).toBeUndefined()
  })
})

describe.each(PLACEMENTS)("a child that is spawned while its parent ends: %s", (placement) => {
  const spawning = (context: ActorContext): Promise<ActorRef<Probe>> => context.spawn(Probe, { placement, ...once })
  const childrenOf = async (parent: ActorRef): Promise<unknown[]> => (await system.ps()).filter((row) => row.parent === parent.id)

  it("A4 is refused in onStop, with a code that says why", async () => {
    let refusal: unknown
    const parent = await perform({
      async onStop(context) {
        refusal = await failureOf(Promise.resolve().then(() => spawning(context)))
      },
    })
    await system.stop(parent)
    expect(refusal).toMatchObject({ code: "ERR_UNAVAILABLE" })
    expect(await childrenOf(parent)).toEqual([])
  })

  it("A4 is refused to a handler that goes on after its actor has crashed", async () => {
    let tried: Promise<unknown> | undefined
    let goOn: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (goOn = resolve))
    const parent = await perform({
      async act(context) {
        throwLater("meanwhile")
        await gate
        tried = Promise.resolve().then(() => spawning(context))
        await tried
      },
    })
    const ended = terminationOf(system, parent)
    void outcomeOf(parent.ask.act())
    expect((await ended).type).toBe("crashed")
    goOn()
    await eventually(() => tried !== undefined)
    expect(await codeOfFailure(tried as Promise<unknown>)).toBe("ERR_UNAVAILABLE")
    expect(await childrenOf(parent)).toEqual([])
  })

  it("A4 ends with its parent when it was spawned by the very handler that crashes", async () => {
    const parent = await perform({
      act(context) {
        void outcomeOf(spawning(context))
        throw new Error("at once")
      },
    })
    const ended = terminationOf(system, parent)
    await outcomeOf(parent.ask.act())
    await ended
    expect(await childrenOf(parent)).toEqual([])
  })
})
