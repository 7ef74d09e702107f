// An actor that is ended, or ends itself, while it starts.

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { HOST_FILE_VARIABLE } from "../../runtime/host/processes-below.js"
import { processRows, variableOf } from "../../runtime/host/pm2/process-table.js"
import { Faulty, type Fault } from "../fixtures/faulty.js"
import { Puppet, scripted } from "../fixtures/puppet.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS, rowOf, terminationOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(() => test.stop())

/** The processes that run as the host of an actor. */
function processesOf(ref: ActorRef): number[] {
  const host = ref.id.slice(0, ref.id.lastIndexOf(":"))
  return processRows()
    .map(({ pid }) => pid)
    .filter((pid) => variableOf(pid, HOST_FILE_VARIABLE)?.includes(`/${host}.`) === true)
}

describe.each(PLACEMENTS)("an actor that is ended while it starts: %s", (placement) => {
  const args: { fault: Fault } = { fault: "onStartForever" }
  const spawnForever = async (name: string): Promise<{ ref: ActorRef; failed: ReturnType<typeof failureOf> }> => {
    const started = new Promise<void>((resolve) => {
      const stop = system.subscribe(`actor.${name}.started`, () => {
        stop()
        resolve()
      })
    })
    const failed = failureOf(system.spawn(Faulty, { placement, name, args, startTimeoutMs: 20_000 }))
    await started
    return { failed, ref: await eventually(() => system.lookup(name)) }
  }
  const goneFor = async (ref: ActorRef): Promise<void> => {
    expect(await rowOf(system, ref)).toBeUndefined()
    expect(await system.lookup(ref.name)).toBeUndefined()
    if (placement === "process") expect(processesOf(ref)).toEqual([])
  }

  it.each(["stop", "drain", "kill"] as const)(
    "A4 %s gives the start up: the spawn fails and says so, that rung is the one that worked, and nothing is left",
    async (rung) => {
      const { ref, failed } = await spawnForever(`${rung}-${placement}`)
      // The process is there, its actor is not ready.
      if (placement === "process") await eventually(() => processesOf(ref).length > 0)
      const ending = await system[rung](ref)
      expect(ending.rung).toBe(rung)
      await goneFor(ref)
      const failure = await failed
      expect(failure).toMatchObject({ code: "ERR_START_FAILED", data: { stage: "abandoned" } })
      expect(failure.message).toContain(`it was ${rung === "kill" ? "killed" : "stopped"} while it started`)
    },
  )

  it.each(["stop", "drain", "kill"] as const)("A4 %s at the first moment of a start leaves nothing either", async (rung) => {
    const { ref, failed } = await spawnForever(`at-once-${rung}-${placement}`)
    const ending = await system[rung](ref)
    expect(ending.rung).toBe(rung)
    await goneFor(ref)
    expect(await failed).toMatchObject({ code: "ERR_START_FAILED", data: { stage: "abandoned" } })
  })

  it("A6 one that takes too long to start is gone when that is told", async () => {
    const options = { placement, name: `late-${placement}`, args, startTimeoutMs: placement === "inline" ? 1 : 60 }
    const failed = failureOf(system.spawn(Faulty, options))
    const ref = await eventually(() => system.lookup(options.name)).catch(() => undefined)
    expect((await failed).code).toBe("ERR_START_TIMED_OUT")
    if (ref === undefined || placement !== "process") return
    await eventually(() => processesOf(ref).length === 0)
  })

  it("A1 one that stops itself while it starts is ready first, and then ends as normal", async () => {
    const options = { placement, restart: "temporary", args: { fault: "onStartStops" } } as const
    const faulty = await system.spawn(Faulty, options)
    expect(["normal", "no-such-actor"]).toContain((await terminationOf(system, faulty)).type)
  })
})

describe("an inline actor that is to come back", () => {
  it("S7 keeps the messages that come while it waits for its next try", async () => {
    let lives = 0
    const puppet = await system.spawn(Puppet, {
      startTimeoutMs: 100,
      args: scripted({
        onStart: (_, life) => {
          lives = life
          return life === 2 ? new Promise(() => undefined) : undefined
        },
      }),
    })
    await outcomeOf(puppet.ask.crash("once"))
    await eventually(() => lives === 2)
    // Until it is ready again it is asked over and over: none may be refused.
    const outcomes: Promise<string>[] = []
    await eventually(() => {
      outcomes.push(outcomeOf(puppet.ask.life()))
      return lives === 3
    })
    expect([...new Set(await Promise.all(outcomes))]).toEqual(["answered"])
    await system.stop(puppet)
  })
})
