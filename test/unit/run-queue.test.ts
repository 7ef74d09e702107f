import { describe, expect, it } from "vitest"
import { RunQueue, type Runnable } from "../../runtime/actor/run-queue.js"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function setUp(): {
  queue: RunQueue
  failures: unknown[]
  ran: string[]
  runnable: (name: string, run?: () => void) => Runnable
} {
  const failures: unknown[] = []
  const ran: string[] = []
  return {
    queue: new RunQueue((error) => failures.push(error)),
    failures,
    ran,
    runnable: (name, run) => ({
      run: () => {
        ran.push(name)
        run?.()
        return 1
      },
      crash: (thrown) => ran.push(`${name} crashed: ${String(thrown)}`),
    }),
  }
}

describe("a step that throws", () => {
  it("A6 is told of and ends its own runnable; the others of the turn run all the same", async () => {
    const { queue, failures, ran, runnable } = setUp()
    queue.schedule(runnable("first"))
    queue.schedule(
      runnable("second", () => {
        throw new Error("broken")
      }),
    )
    queue.schedule(runnable("third"))
    await turn()
    expect(ran).toEqual(["first", "second", "second crashed: Error: broken", "third"])
    expect(failures.map(String)).toEqual(["Error: broken"])
    queue.schedule(runnable("later"))
    await turn()
    expect(ran.at(-1)).toBe("later")
  })

  it("A6 whose crash throws as well is told of, and the others run", async () => {
    const { queue, failures, ran, runnable } = setUp()
    const broken: Runnable = {
      run: () => {
        throw new Error("broken")
      },
      crash: () => {
        throw new Error("broken for good")
      },
    }
    queue.schedule(broken)
    queue.schedule(runnable("other"))
    await turn()
    expect(ran).toEqual(["other"])
    expect(failures.map(String)).toEqual(["Error: broken", "Error: broken for good"])
  })
})

describe("what is held", () => {
  it("runs when it is let go, at once and in order, and what comes later in a microtask", async () => {
    const { queue, ran, runnable } = setUp()
    queue.hold()
    queue.schedule(runnable("first"))
    queue.schedule(runnable("second"))
    await Promise.resolve()
    expect(ran).toEqual([])
    queue.letGo()
    expect(ran).toEqual(["first", "second"])
    queue.schedule(runnable("third"))
    expect(ran).toEqual(["first", "second"])
    await Promise.resolve()
    expect(ran).toEqual(["first", "second", "third"])
    queue.hold()
    queue.letGo()
    expect(ran).toHaveLength(3)
  })

  it("waits for what was scheduled before, of which it is the end", async () => {
    const { queue, ran, runnable } = setUp()
    queue.schedule(runnable("before"))
    queue.hold()
    queue.schedule(runnable("held"))
    queue.letGo()
    expect(ran).toEqual([])
    await turn()
    expect(ran).toEqual(["before", "held"])
  })
})
