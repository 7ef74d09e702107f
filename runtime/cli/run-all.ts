// troupe run --all: the table of all examples, on the terminal and in a file.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Placement } from "../actor/surroundings.js"
import { BadOptionError, codeOf } from "../errors.js"
import type { Call } from "./call.js"
import type { ExampleDoor } from "./example-door.js"
import { EXIT } from "./exit-code.js"
import { runApart } from "./run-apart.js"
import { runIn } from "./run-in.js"
import { type Survey, survey } from "./survey.js"
import { holds, shownSurvey, surveyDocument } from "./survey-report.js"

interface AllFlags {
  /** @default all three */
  readonly placement: Placement | undefined
  /** @default 1, 2, 4 and so on, up to what the machine runs at once */
  readonly workers: number | undefined
  /** How often each is run. @default 1 */
  readonly rounds: number | undefined
  /** Whether problems are small. @default false */
  readonly quick: boolean | undefined
  /** Where to write. @default nowhere */
  readonly report: string | undefined
}

/** The examples come with the product, and so does what they can be tried on. */
const SAMPLES_FROM = fileURLToPath(new URL("../../../", import.meta.url))

/** Every example, in a table. */
export async function runAll(
  call: Call,
  door: ExampleDoor,
  { placement, workers, rounds, quick = false, report }: AllFlags,
): Promise<number | undefined> {
  const path = report === undefined ? undefined : resolve(call.cwd, report)
  const write = async (done: Survey): Promise<void> => {
    if (path !== undefined) await writeReport(path, path.endsWith(".json") ? JSON.stringify(done, null, 2) : surveyDocument(done))
  }
  const outputDir = await mkdtemp(join(tmpdir(), "troupe-run-all-"))
  let last: Survey | undefined
  try {
    if (path !== undefined) await writeReport(path, "")
    const done = await survey(door.EXAMPLES, {
      plan: { placement, workers, rounds, sizes: quick ? "small" : "usual", samplesFrom: SAMPLES_FROM, outputDir },
      run(example, { name, wanted, place, of }) {
        const shown = `${String(place)}/${String(of)} ${name}`
        // Large problems each in a process of its own: what one has compiled and laid out is nothing to the next.
        if (!quick) return runApart(call, { name, shown, wanted })
        return runIn(call, { name: shown, placement: wanted.placement ?? "thread" }, (around) =>
          door.runExample(name, example, { wanted, around }),
        )
      },
      told: (soFar) => (last = soFar),
    })
    await write(done)
    call.terminal.show(done, shownSurvey)
    return holds(done) ? undefined : EXIT.failed
  } catch (error) {
    // What was measured before Ctrl-C is worth keeping.
    if (last !== undefined) await write(last)
    throw error
  } finally {
    await rm(outputDir, { recursive: true, force: true })
  }
}

/** @throws {BadOptionError} */
async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text.endsWith("\n") ? text : `${text}\n`)
  } catch (error) {
    throw new BadOptionError("--report", `a file that can be written (${codeOf(error) ?? "unknown error"})`, path)
  }
}
