// runExample — prepares one example, warms both versions up, runs it one after another and by actors, and compares.

import { availableParallelism } from "node:os"
import { type ActorSystem, AnswerError, codeOf, type Placement } from "../../runtime/index.js"
import type { Check, Example, Exchange, Figures, Request, Schedule, Taken } from "./harness/example.js"
import { Pace } from "./harness/pace.js"
import { Stopwatch } from "./harness/stopwatch.js"
import { Workplace } from "./harness/workplace.js"

/** What may be asked for; what is left out has its usual value. */
export interface Wanted {
  readonly size?: number | undefined
  readonly input?: string | undefined
  readonly output?: string | undefined
  readonly exchange?: Exchange | undefined
  readonly schedule?: Schedule | undefined
  readonly placement?: Placement | undefined
  readonly workers?: number | undefined
  /** How often both versions are run; the fastest of each counts. @default 1 */
  readonly rounds?: number | undefined
}

/** Where it runs, and who listens. */
export interface Around {
  /** Starts the program that the workers live in; called once, when the request and its input are known to be sound. */
  start(): Promise<ActorSystem>
  readonly signal: AbortSignal
  readonly onProgress: (phase: "preparing" | "warming up" | "sequential" | "parallel", fraction: number) => void
}

/** What came out. Times are milliseconds of wall clock. */
export interface Report {
  readonly example: string
  readonly pattern: string
  readonly placement: Placement
  readonly workers: number
  readonly cores: number
  readonly options: Figures
  readonly rounds: number
  /** How long both versions were warmed up with a small problem, each; 0 for not at all. */
  readonly warmUpMs: number
  readonly sequentialMs: number
  /** Without the start. */
  readonly parallelMs: number
  /** Laying out the input for the workers, and starting them. */
  readonly startMs: number
  /** Processor time of this program, its threads included; other processes are not in it. */
  readonly processor: { readonly sequentialMs: number; readonly parallelMs: number }
  readonly speedUp: number
  /** Speed-up by worker. */
  readonly efficiency: number
  readonly checks: readonly (Check & { readonly holds: boolean })[]
  readonly figures: Figures
  readonly wrote: readonly string[]
}

const WARM_UP_MS = 250
/** Problems smaller than this part of the usual one are run to see whether they work: that is not worth the wait. */
const WARM_UP_FROM = 0.5

/** The request with everything filled in. @throws {AnswerError} ERR_BAD_OPTION */
export function requestOf(name: string, example: Example, wanted: Wanted): Request {
  const { placement = "thread", workers = example.usualWorkers ?? availableParallelism() } = wanted
  for (const option of ["size", "input", "output", "exchange", "schedule"] as const)
    if (wanted[option] !== undefined && !example.takes.includes(option)) throw notTaken(name, option, example.takes)
  const { input = example.usualInput } = wanted
  if (input === undefined && example.takes.includes("input") && !example.takes.includes("size"))
    throw badOption("--input", `a path: ${name} works on files, such as ${example.sampleInput ?? "yours"}`, undefined)
  const usual: Exchange = placement === "process" ? "messages" : (example.usualExchange ?? "shared")
  const { exchange = usual, schedule = example.usualSchedule ?? "dynamic", output } = wanted
  return { size: sizeOf(example, wanted.size), input, output, exchange, schedule, placement, workers }
}

/** Runs it. What the example throws, and ERR_BAD_OPTION, comes to the caller. */
export async function runExample<P, R>(
  name: string,
  example: Example<P, R>,
  { wanted, around }: { wanted: Wanted; around: Around },
): Promise<Report> {
  const request = requestOf(name, example, wanted)
  const { rounds = 1 } = wanted
  const paceOf = (phase: Parameters<Around["onProgress"]>[0]): Pace =>
    new Pace({ signal: around.signal, onProgress: (fraction) => around.onProgress(phase, fraction) })
  around.onProgress("preparing", 0)
  const problem = await example.prepare(request, paceOf("preparing"))

  const system = await around.start()
  const warmUp = await warmUpOf(example, request, paceOf("warming up"))
  const alone = new Stopwatch()
  await warmUp.run((small, pace) => example.sequential(small, pace, new Stopwatch()))
  // While the workers are warmed up, how far they are says nothing of the work.
  let isTimed = false
  const onProgress = (fraction: number): void => {
    if (isTimed) around.onProgress("parallel", fraction)
  }
  const workplace = new Workplace(system, request, new Pace({ signal: around.signal, onProgress }))
  const { watch } = workplace
  try {
    let results: { sequential: R; parallel: R } | undefined
    for (let round = 1; round <= rounds; round++) {
      alone.start()
      around.onProgress("sequential", 0)
      const sequential = await example.sequential(problem, paceOf("sequential"), alone)
      alone.stop()
      if (round === 1) {
        const first = workplace.warmUp()
        await warmUp.run((small) => example.parallel(small, first))
        await workplace.endHired()
      }
      isTimed = true
      const run = workplace.newRun()
      around.onProgress("parallel", 0)
      watch.start()
      const parallel = await example.parallel(problem, run)
      watch.stop()
      await workplace.endHired()
      results = { sequential, parallel }
    }
    if (results === undefined || alone.spent === undefined || watch.spent === undefined) throw new RangeError("no round was run")
    const { parallel } = results
    const checks = example.check(problem, results).map((check) => ({ ...check, holds: check.error <= check.within }))
    const { placement, workers } = request
    const speedUp = alone.spent.ms / watch.spent.ms
    return {
      example: name,
      pattern: example.explanation.pattern,
      placement,
      workers,
      cores: availableParallelism(),
      options: Object.fromEntries(
        example.takes.flatMap((option) => (request[option] === undefined ? [] : [[option, request[option]]])),
      ),
      rounds,
      warmUpMs: warmUp.ms,
      sequentialMs: alone.spent.ms,
      parallelMs: watch.spent.ms,
      startMs: watch.setUpMs,
      processor: { sequentialMs: alone.spent.processorMs, parallelMs: watch.spent.processorMs },
      speedUp,
      efficiency: speedUp / workers,
      checks,
      figures: example.figures?.(problem, parallel) ?? {},
      wrote: (await example.keep?.(problem, parallel)) ?? [],
    }
  } catch (error) {
    throw await withSoFar(toldBy(error), workplace)
  } finally {
    await workplace.close()
  }
}

/** What a task told of its input is what matters, not that it was a task. */
function toldBy(error: unknown): unknown {
  if (codeOf(error) !== "ERR_TASK_FAILED" || !(error instanceof Error)) return error
  return codeOf(error.cause) === undefined ? error : error.cause
}

/** The error, and what was kept of the run before it. */
async function withSoFar(error: unknown, workplace: Workplace): Promise<unknown> {
  const code = codeOf(error)
  if (code === undefined || !(error instanceof Error)) return error
  const { data = {} } = error as { data?: Readonly<Record<string, unknown>> }
  try {
    const soFar = await workplace.soFar()
    if (soFar === undefined) return error
    const told = Object.entries(soFar).map(([name, value]) => `${name} ${String(value)}`)
    return new AnswerError(code, `${error.message}; so far: ${told.join(", ")}`, { ...data, soFar })
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure)
    return new AnswerError(code, `${error.message}; what was done so far could not be kept: ${why}`, data)
  }
}

interface WarmUp<P> {
  readonly ms: number
  /** Does something with a small problem, over and over for that long. */
  run(does: (small: P, pace: Pace) => Promise<unknown>): Promise<void>
}

/** What both versions are warmed up with. */
async function warmUpOf<P, R>(example: Example<P, R>, request: Request, pace: Pace): Promise<WarmUp<P>> {
  const { warmUpSize, size } = example
  const nothing = { ms: 0, run: () => Promise.resolve() }
  if (warmUpSize === undefined || size === undefined || request.size < WARM_UP_FROM * size.usual) return nothing
  const small = await example.prepare({ ...request, size: warmUpSize }, pace)
  return {
    ms: WARM_UP_MS,
    async run(does) {
      const start = performance.now()
      for (let spent = 0; spent < WARM_UP_MS; spent = performance.now() - start) {
        await does(small, pace)
        await pace.at(spent / WARM_UP_MS)
      }
    },
  }
}

function sizeOf({ size }: Example, wanted: number | undefined): number {
  if (size === undefined) return 0
  const { of, usual, least, most, powerOfTwo = false } = size
  const got = wanted ?? usual
  if (Number.isInteger(got) && got >= least && got <= most && (!powerOfTwo || Number.isInteger(Math.log2(got)))) return got
  throw badOption(
    "--size",
    `${powerOfTwo ? "a power of two" : "a whole number"} of ${of} from ${String(least)} to ${String(most)}`,
    got,
  )
}

function notTaken(name: string, option: Taken, takes: readonly Taken[]): AnswerError {
  const rest = takes.map((one) => `--${one}`).join(", ")
  return new AnswerError(
    "ERR_BAD_OPTION",
    `--${option}: ${name} has no use for it; it takes ${rest === "" ? "no option of its own" : rest}`,
    {
      option: `--${option}`,
    },
  )
}

function badOption(option: string, expected: string, got: unknown): AnswerError {
  const shown = got === undefined ? "nothing" : JSON.stringify(got)
  return new AnswerError("ERR_BAD_OPTION", `${option}: expected ${expected}, got ${shown}`, { option, expected })
}
