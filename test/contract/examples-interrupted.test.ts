// Examples that are interrupted in the middle of their work, or lose a worker there: what is kept, what is told.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { EXAMPLES, runExample } from "../../actors/examples/registry.js"
import { ActorSystem } from "../../runtime/index.js"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { system: withBus } = useTestSystem()

type Wanted = Parameters<typeof runExample>[2]["wanted"]

interface Told {
  readonly code: string
  readonly message: string
  readonly data: { readonly soFar?: Readonly<Record<string, number | string>> }
}

/** Runs it, and does something once a part of the parallel work is done. Returns what it failed with. */
async function disturbed(name: string, wanted: Wanted, disturb: "interrupt" | ((system: ActorSystem) => unknown)): Promise<Told> {
  const system = await ActorSystem.start({ bus: false })
  onTestFinished(() => system.shutdown())
  const interruption = new AbortController()
  let isDisturbed = false
  const around = {
    start: () => Promise.resolve(system),
    signal: interruption.signal,
    onProgress(phase: string, fraction: number) {
      if (isDisturbed || phase !== "parallel" || fraction < 0.1) return
      isDisturbed = true
      if (disturb === "interrupt") interruption.abort()
      else void disturb(system)
    },
  }
  const example = await EXAMPLES.find((entry) => entry.name === name)?.load()
  if (example === undefined) throw new Error(`no example ${name}`)
  return runExample(name, example, { wanted: { workers: 2, ...wanted }, around }).then(
    () => Promise.reject(new Error("it was done before it was disturbed")),
    (error: unknown) => error as Told,
  )
}

/** A folder of copies of a real file, each so many times as long. */
function folderOf(file: string, { copies, times }: { copies: number; times: number }): string {
  const folder = join(tempDir(), "many")
  mkdirSync(folder)
  const [, ending = ""] = file.split(".")
  const text = readFileSync(join(projectRoot, "test/fixtures", file), "latin1")
  // Without the line of zeros that ends a list of reflections.
  const body = ending === "hkl" ? text.replace(/^ +0 +0 +0 [^]*/m, "") : text
  for (let i = 0; i < copies; i++) writeFileSync(join(folder, `copy-${String(i)}.${ending}`), body.repeat(times), "latin1")
  return folder
}

describe("an interruption", () => {
  it("keeps the images that are done", async () => {
    const output = join(tempDir(), "small")
    const { code, data, message } = await disturbed("images", { size: 24, output }, "interrupt")
    const written = Number(data.soFar?.["images written"])
    expect(code).toBe("ERR_CANCELLED")
    expect(message).toMatch(/; so far: images written \d+, of 24, to /)
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(24)
    expect(readdirSync(output)).toHaveLength(written)
  })

  it("keeps the files that a program has finished, and clears away the others", async () => {
    const output = join(tempDir(), "sorted")
    const input = folderOf("NaCl.hkl", { copies: 12, times: 10 })
    const { code, data } = await disturbed("command-pool", { input, output }, "interrupt")
    expect(code).toBe("ERR_CANCELLED")
    expect(data.soFar).toMatchObject({ of: 12, in: output })
    const names = readdirSync(output)
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !/^copy-\d+\.hkl\.sorted$/.test(name))).toEqual([])
  })

  it.each(["messages", "shared"] as const)("tells the best solution found until then (%s)", async (exchange) => {
    const input = folderOf("NaCl.lst", { copies: 30, times: 100 })
    const { code, data } = await disturbed("best-solution", { input, exchange }, "interrupt")
    expect({ code, soFar: data.soFar }).toMatchObject({
      code: "ERR_CANCELLED",
      soFar: { "best wR2": 0.0267, "found in": expect.stringMatching(/copy-\d+\.lst, line \d+$/) as string, of: 30 },
    })
  })

  it("tells how many reflections were sorted", async () => {
    const input = folderOf("NaCl.hkl", { copies: 8, times: 4 })
    const { code, data } = await disturbed("reflections", { input }, "interrupt")
    const sorted = Number(data.soFar?.["files sorted"])
    expect(code).toBe("ERR_CANCELLED")
    expect(sorted).toBeGreaterThan(0)
    expect(data.soFar).toMatchObject({ of: 8, reflections: sorted * 8578 * 4 })
  })

  it("tells how many reflections were read", async () => {
    const input = join(folderOf("NaCl.hkl", { copies: 1, times: 20 }), "copy-0.hkl")
    const { code, data } = await disturbed("reflections-queue", { input }, "interrupt")
    expect(code).toBe("ERR_CANCELLED")
    expect(Number(data.soFar?.["reflections read"])).toBeGreaterThan(0)
  })

  it("tells how far a simulation came", async () => {
    const { code, data } = await disturbed("queue-network", { size: 20_000 }, "interrupt")
    expect(code).toBe("ERR_CANCELLED")
    expect(Number(data.soFar?.["served"])).toBeGreaterThan(0)
    expect(data.soFar).toMatchObject({ of: 30 })
  })

  it("of what has no parts worth keeping tells nothing of them", async () => {
    const { code, data } = await disturbed("merge-sort", { size: 1_000_000 }, "interrupt")
    expect({ code, soFar: data.soFar }).toEqual({ code: "ERR_CANCELLED", soFar: undefined })
  })
})

describe("the end of a worker", () => {
  it.each(["queue-network", "reflections"])("that is for good ends %s at once, which waits for no event of it", async (name) => {
    const wanted = name === "reflections" ? { input: folderOf("NaCl.hkl", { copies: 8, times: 4 }) } : { size: 20_000 }
    const killOne = async (system: ActorSystem): Promise<void> => {
      const worker = (await system.enumerate()).find(({ placement }) => placement === "thread")
      if (worker !== undefined) await system.kill(worker.ref)
    }
    const { code, message } = await disturbed(name, wanted, killOne)
    expect(code).toBe("ERR_CREW_INCOMPLETE")
    expect(message).toContain("it has ended (killed), and was needed still; so far: ")
  })
})

it("loses no file of reflections when a worker is killed by the system in the middle", async () => {
  const input = folderOf("NaCl.hkl", { copies: 8, times: 4 })
  let killed = 0
  const example = await EXAMPLES.find(({ name }) => name === "reflections")?.load()
  if (example === undefined) throw new Error("no such example")
  const report = await runExample("reflections", example, {
    wanted: { input, workers: 2, placement: "process" },
    around: {
      start: () => Promise.resolve(withBus),
      signal: new AbortController().signal,
      onProgress(phase, fraction) {
        if (killed > 0 || phase !== "parallel" || fraction < 0.1) return
        killed++
        void withBus.ps().then((rows) => {
          const worker = rows.find(({ kind }) => kind === "reflections-sorter")
          process.kill(worker?.pid ?? NaN, "SIGKILL")
        })
      },
    },
  })
  expect({ killed, files: report.figures["files"], failing: report.checks.filter(({ holds }) => !holds) }).toEqual({
    killed: 1,
    files: 8,
    failing: [],
  })
})

it("sees before the work whether its results can be written", async () => {
  const phases: string[] = []
  const system = await ActorSystem.start({ bus: false })
  onTestFinished(() => system.shutdown())
  const around = {
    start: () => Promise.resolve(system),
    signal: new AbortController().signal,
    onProgress: (phase: string) => void phases.push(phase),
  }
  for (const name of ["ray-trace", "images"]) {
    const example = await EXAMPLES.find((entry) => entry.name === name)?.load()
    if (example === undefined) throw new Error(`no example ${name}`)
    const wanted = { size: 4, output: join(projectRoot, "package.json", "x") }
    await expect(runExample(name, example, { wanted, around })).rejects.toMatchObject({ code: "ERR_UNWRITABLE_FILE" })
  }
  expect(new Set(phases)).toEqual(new Set(["preparing"]))
})
