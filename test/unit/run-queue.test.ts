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
