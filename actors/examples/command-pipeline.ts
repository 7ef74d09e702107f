// command-pipeline — programs one after the other, each reading what the one before prints: `ls -1 FOLDER | grep … | sort`, without a shell.
//
//   npx troupe run command-pipeline --input test/fixtures

import { readdir } from "node:fs/promises"
import { AnswerError, codeOf, Pipeline, task } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"

/** Names with a dot and three letters at the end. */
const PATTERN = "[.][a-z][a-z][a-z]$"

/** A task: the names in a folder that fit. */
export const listMatching = task(import.meta.url, async (folder: string) => {
  // 1 is how grep says that nothing fits. The order is that of bytes in every language.
  const options = { accept: [0, 1], env: { LC_ALL: "C" } }
  await using pipeline = await Pipeline.start([["ls", "-1", "--", folder], ["grep", PATTERN], ["sort"]], options)
  const { stdout } = await pipeline.output()
  return stdout.split("\n").filter((line) => line !== "")
})

export const commandPipeline: Example<string, readonly string[]> = {
  explanation: {
    pattern: "pipeline",
    consider: [
      "stages: three programs that run at once; none waits for the whole output of the one before",
      "dataflow: what a program does not read waits in the one before, so memory stays flat",
      "errors: the first program that fails is the error; one whose reader ended early has not failed; all end together",
    ],
    mapping: "one program, one process of the operating system; --workers is not heeded",
  },
  takes: ["input"],
  usualInput: ".",
  usualWorkers: 1,

  async prepare({ input = "." }) {
    await readdir(input).catch((error: unknown) => {
      throw new AnswerError("ERR_NO_FOLDER", `${input}: it cannot be listed (${codeOf(error) ?? "unknown"})`, { path: input })
    })
    return input
  },

  async sequential(folder) {
    const names = (await readdir(folder)).filter((name) => !name.startsWith("."))
    // ls prints a name with a line break in it as two lines.
    const lines = names.flatMap((name) => name.split("\n")).filter((line) => new RegExp(PATTERN).test(line))
    return lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  },

  async parallel(folder, run) {
    const pool = await run.pool({ workers: 1 })
    return pool.apply(listMatching, [folder], { signal: run.pace.signal })
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "names that differ from the sequential version's",
      error: Math.abs(sequential.length - parallel.length) + sequential.filter((name, at) => name !== parallel[at]).length,
      within: 0,
    },
  ],

  figures: (_, names) => ({ names: names.length, first: names[0] ?? "-" }),
}
