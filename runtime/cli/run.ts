// troupe run EXAMPLE

import { resolve } from "node:path"
import { InvalidArgumentError, Option } from "commander"
import { isSlip, nearest } from "../../config/nearest.js"
import { UsageError } from "../errors.js"
import type { Call } from "./call.js"
import type { CliCommand } from "./command.js"
import { type ExampleDoor, type ExampleWanted, openExamples } from "./example-door.js"
import { explained, shownExplanation } from "./example-explanation.js"
import { EXIT } from "./exit-code.js"
import { shownReport } from "./example-report.js"
import { runAll } from "./run-all.js"
import { runIn } from "./run-in.js"
import { renderTable } from "./table.js"

interface RunFlags extends ExampleWanted {
  readonly list?: boolean
  readonly explain?: boolean
  readonly all?: boolean
  readonly quick?: boolean
  readonly report?: string
}

const MOST_WORKERS = 256
const MOST_ROUNDS = 100

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d{1,15}$/.test(text) && number >= 1 && number <= most) return number
    throw new InvalidArgumentError(`expected a whole number from 1 to ${String(most)}`)
  }
}

export const command: CliCommand = {
  declare: (run) =>
    run
      .argument("[EXAMPLE]", "which one; --list shows them")
      .option("--list", "show the examples there are")
      .option("--all", "run every example, in each placement, with more and more workers, and show a table")
      .option("--report <file>", "with --all: write the table there too, as Markdown, or all that was measured to a .json")
      .option("--quick", "with --all: small problems, which say whether all works but not what is gained")
      .option("--explain", "say which pattern it shows, what to consider, and how the work is shared out; do not run it")
      .addOption(
        new Option("-p, --placement <placement>", "where the workers run (default: thread)").choices([
          "inline",
          "thread",
          "process",
        ]),
      )
      .addOption(
        new Option(
          "-w, --workers <n>",
          "how many (default: as many as the machine runs at once, or as the example says)",
        ).argParser(wholeNumber(MOST_WORKERS)),
      )
      .addOption(
        new Option("--size <n>", "how large the problem is; --explain says what it counts").argParser(wholeNumber(2 ** 31)),
      )
      .addOption(
        new Option(
          "--rounds <n>",
          "how often both versions are run, in turns; the fastest of each counts (default: 1)",
        ).argParser(wholeNumber(MOST_ROUNDS)),
      )
      .option("-i, --input <path>", "the file or folder to work on, for the examples that work on files")
      .option("-o, --output <path>", "where the results go, for the examples that write files")
      .addOption(
        new Option("--exchange <how>", "how workers get at the data (default: shared, in processes messages)").choices([
          "shared",
          "messages",
        ]),
      )
      .addOption(new Option("--schedule <how>", "who takes which chunk (default: dynamic)").choices(["static", "dynamic"])),
  examples: [
    ["troupe run --list", "the examples there are"],
    ["troupe run ray-trace", "the picture in ray-trace.png, and what two or more threads gained"],
    ["troupe run ray-trace --explain", "which pattern it shows, and what to consider"],
    ["troupe run --all --report examples.md", "every example in each placement, in a table and in a file"],
    ["troupe run ray-trace --placement process --workers 2 --json", "in two processes, the report as JSON"],
  ],
  async run(call) {
    const door = await openExamples()
    const { list, explain, all, quick, report: path, ...wanted } = call.options as RunFlags
    const [name] = call.args
    checkTogether(call)
    if (all === true) {
      checkAlone(call)
      const { placement, workers, rounds } = wanted
      return runAll(call, door, { placement, workers, rounds, quick, report: path })
    }
    if (quick === true || path !== undefined)
      throw new UsageError(`${quick === true ? "--quick" : "--report"} goes with --all only`, '"troupe run --all --report FILE"')
    if (list === true) {
      listExamples(call, door)
      return undefined
    }
    if (name === undefined) throw new UsageError("EXAMPLE is missing", '"troupe run --list" shows what there is')
    const entry = door.EXAMPLES.find((candidate) => candidate.name === name)
    if (entry === undefined) throw unknownExample(name, door)
    const example = await entry.load()
    if (explain === true) {
      call.terminal.show({ summary: entry.summary, ...explained(name, example) }, (shown, colors) =>
        shownExplanation(shown, entry.summary, colors),
      )
      return undefined
    }
    const here = { name, placement: wanted.placement ?? "thread" } as const
    const report = await runIn(call, here, (around) => door.runExample(name, example, { wanted: fromHere(wanted, call), around }))
    call.terminal.show(report, shownReport)
    return report.checks.every(({ holds }) => holds) ? undefined : EXIT.failed
  },
}

/** @throws {UsageError} for what asks for two things at once */
function checkTogether({ args, options }: Call): void {
  const { list, all, explain } = options as RunFlags
  const [first, second] = Object.entries({ list, all, explain }).flatMap(([flag, on]) => (on === true ? [`--${flag}`] : []))
  if (first !== undefined && second !== undefined)
    throw new UsageError(`${first} does not go with ${second}`, '"troupe run --help" says more')
  if (list === true && args.length > 0)
    throw new UsageError("EXAMPLE does not go with --list, which shows them all", '"troupe run --help" says more')
}

/** @throws {UsageError} for what has no meaning for every example */
function checkAlone({ args, options }: Call): void {
  const { size, input, output, exchange, schedule } = options as RunFlags
  const given = Object.entries({ size, input, output, exchange, schedule }).find(([, value]) => value !== undefined)
  if (args.length === 0 && given === undefined) return
  throw new UsageError(
    `${given === undefined ? "EXAMPLE" : `--${given[0]}`} does not go with --all, which runs every example as it usually is`,
    '"troupe run --help" says more',
  )
}

/** Paths start where the command was typed. */
function fromHere({ input, output, ...wanted }: ExampleWanted, { cwd }: Call): ExampleWanted {
  return {
    ...wanted,
    ...(input === undefined ? {} : { input: resolve(cwd, input) }),
    ...(output === undefined ? {} : { output: resolve(cwd, output) }),
  }
}

function listExamples({ terminal }: Call, { EXAMPLES }: ExampleDoor): void {
  const examples = EXAMPLES.map(({ name, summary }) => ({ name, summary }))
  const columns = [
    { title: "EXAMPLE", cell: ({ name }: (typeof examples)[number]) => name },
    { title: "WHAT", cell: ({ summary }: (typeof examples)[number]) => summary },
  ]
  terminal.show({ examples }, (_, colors) => renderTable(columns, examples, colors))
}

function unknownExample(name: string, { EXAMPLES }: ExampleDoor): UsageError {
  const names = EXAMPLES.map((entry) => entry.name)
  const near = nearest(name, names)
  const meant = near !== undefined && isSlip(name, near) ? ` (did you mean "${near}"?)` : ""
  return new UsageError(`unknown example "${name}"${meant}`, '"troupe run --list" shows what there is')
}
