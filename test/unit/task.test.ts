import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { codeOf, task } from "../../runtime/index.js"
import { addressOf, findTask } from "../../runtime/toolkit/task.js"
import { square } from "../fixtures/tasks.js"

describe("task", () => {
  it("is the function it was made of, and is found again by its address", async () => {
    expect(square(4)).toBe(16)
    const found = (await findTask(addressOf(square))) as (x: number) => number
    expect(found(4)).toBe(16)
  })

  it("refuses what is no module or no function, and a pool what is no task", () => {
    const codeOfThrown = (make: () => unknown): string | undefined => {
      try {
        make()
      } catch (error) {
        return codeOf(error)
      }
      return "nothing was thrown"
    }
    expect(codeOfThrown(() => task("tasks.js", () => 1))).toBe("ERR_BAD_OPTION")
    expect(codeOfThrown(() => task(import.meta.url, 1 as unknown as () => number))).toBe("ERR_BAD_OPTION")
    expect(codeOfThrown(() => addressOf(() => 1))).toBe("ERR_BAD_TASK")
    expect(codeOfThrown(() => addressOf(undefined))).toBe("ERR_BAD_TASK")
    // Every worker that imported the program's main file would start the program again.
    const main = task(pathToFileURL(process.argv[1] ?? "").href, () => 1)
    expect(codeOfThrown(() => addressOf(main))).toBe("ERR_BAD_TASK")
  })

  it("is not found where its module makes fewer tasks", async () => {
    const address = { ...addressOf(square), number: 1000 }
    expect(codeOf(await findTask(address).catch((error: unknown) => error))).toBe("ERR_BAD_TASK")
  })
})
