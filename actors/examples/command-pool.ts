// command-pool — an external program for each task, as many at a time as there are workers. The program writes its output under a name of
// its own; the file gets its final name when it is whole, so that nobody takes a half-written one for a result.
//
//   npx troupe run command-pool --input test/fixtures/NaCl.lst --output sorted
//   npx troupe run command-pool --input a/folder --workers 3

import { mkdtemp, readFile, rename, rm } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { AnswerError, codeOf, run as runCommand, task } from "../../runtime/index.js"
import { sizeOf } from "../files/input-file.js"
import type { Example } from "./harness/example.js"
import { filesIn } from "./harness/input-files.js"
import { outputFolder } from "./harness/output-file.js"

interface Problem {
  readonly paths: readonly string[]
  readonly output: string
}

/** The lines of each file, in order. */
type Result = readonly string[]

/** The programs take files of any size, but the sequential version, which they are compared with, holds a file in memory. */
const MOST_BYTES = 2 ** 28

interface Sorting {
  readonly path: string
  /** Where it gets its final name. */
  readonly result: string
  /** Where what is not whole yet lies; on the same disk. */
  readonly parts: string
}

/** A task: sorts the lines of a file by the program `sort`. */
export const sortFile = task(import.meta.url, async ({ path, result, parts }: Sorting) => {
  // The program writes to the same name whatever it sorts, so each task has a folder of its own.
  const folder = await mkdtemp(join(parts, "task-"))
  await runCommand(["sort", "-o", "output.txt", path], { cwd: folder, env: { LC_ALL: "C" } })
  await rename(join(folder, "output.txt"), result)
})

export const commandPool: Example<Problem, Result> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "units: the work is done by other programs; a worker starts one and waits, so threads do as well as processes",
      "how many: by default a pool has the physical cores less one, which leaves one to the program itself",
      "output: a name of its own while it is written, then the final name in one step; what was not finished is cleared away, what was is kept",
    ],
    mapping: "one file, one task, one run of the program",
  },
  takes: ["input", "output"],
  sampleInput: "test/fixtures",

  async prepare({ input = "", output = "sorted" }) {
    const paths = (await filesIn(input, ".lst", ".hkl", ".txt", ".csv")).map((path) => resolve(path))
    for (const path of paths) await checkFile(path)
    return { paths, output: await outputFolder(output) }
  },

  async sequential({ paths }, pace) {
    const sorted: string[] = []
    for (const path of paths) {
      const text = await textOf(path)
      const lines = text.replace(/\n$/, "").split("\n")
      sorted.push(text === "" ? "" : `${lines.sort().join("\n")}\n`)
      await pace.at(sorted.length / paths.length)
    }
    return sorted
  },

  async parallel({ paths, output }, run) {
    // Opened before the pool, so that it is cleared away when the workers have ended.
    const parts = await run.open(() => temporaryFolder(join(output, ".part-")))
    const pool = await run.pool()
    let done = 0
    run.soFar(() => ({ "files sorted": done, of: paths.length, in: output }))
    const tasks = paths.map((path): Sorting => ({ path, result: resultOf(path, output), parts: parts.path }))
    const sorting = pool.imapUnordered(sortFile, tasks, { signal: run.pace.signal })
    while ((await sorting.next()).done !== true) run.pace.told(++done / paths.length)
    return Promise.all(tasks.map(({ result }) => textOf(result)))
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "files that differ from what the sequential version made",
      error: sequential.filter((text, at) => text !== parallel[at]).length,
      within: 0,
    },
  ],

  figures: ({ paths }) => ({ files: paths.length }),

  keep: ({ paths, output }) => Promise.resolve(paths.map((path) => resultOf(path, output))),
}

function resultOf(path: string, output: string): string {
  return join(output, `${basename(path)}.sorted`)
}

async function temporaryFolder(prefix: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(prefix)
  // A program whose worker was killed may write on for a moment.
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) }
}

/** @throws {AnswerError} for what cannot be read, and before it is */
async function checkFile(path: string): Promise<void> {
  const bytes = await sizeOf(path)
  if (bytes > MOST_BYTES) {
    const message = `${path}: it has ${String(bytes)} bytes, and this example takes ${String(MOST_BYTES)} at most`
    throw new AnswerError("ERR_FILE_TOO_LARGE", message, { path, bytes, limit: MOST_BYTES })
  }
}

/** One character for each byte, so that the order is that of bytes. */
async function textOf(path: string): Promise<string> {
  return readFile(path, "latin1").catch((error: unknown) => {
    const code = codeOf(error) === "ENOENT" ? "ERR_NO_FILE" : "ERR_UNREADABLE_FILE"
    throw new AnswerError(code, `${path}: it cannot be read (${codeOf(error) ?? "unknown"})`, { path })
  })
}
