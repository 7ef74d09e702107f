// runExample — prepares one example, runs it one after another and by actors, and compares.
// Owns the workers it starts: they are ended when it returns or throws, in the middle of a computation too.

import { availableParallelism } from "node:os"
import {
  type Actor,
  type ActorClass,
  type ActorRef,
  type ActorSystem,
  AnswerError,
  codeOf,
  type Placement,
  Pool,
  type PoolOptions,
} from "../../runtime/index.js"
import { Crew } from "./harness/crew.js"
import type { Check, Example, Exchange, Figures, HireOptions, Request, Run, Schedule, Taken } from "./harness/example.js"
import { Pace } from "./harness/pace.js"
import { layOut } from "./harness/shared-memory.js"

/** What may be asked for; what is left out has its usual value. */
export interface Wanted {
  readonly size?: number | undefined
  readonly input?: string | undefined
  readonly output?: string | undefined
  readonly exchange?: Exchange | undefined
  readonly schedule?: Schedule | undefined
  readonly placement?: Placement | undefined
  readonly workers?: number | undefined
}

/** Where it runs, and who listens. */
export interface Around {
  /** Starts the program that the workers live in; called once, when the request and its input are known to be sound. */
  start(): Promise<ActorSystem>
  readonly signal: AbortSignal
  readonly onProgress: (phase: "preparing" | "sequential" | "parallel", fraction: number) => void
}

/** What came out. Times are milliseconds of wall clock. */
export interface Report {
  readonly example: string
  readonly pattern: string
  readonly placement: Placement
  readonly workers: number
  readonly cores: number
  readonly options: Figures
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

const START_MS = 60_000

/** The request with everything filled in. @throws {AnswerError} ERR_BAD_OPTION */
export function requestOf(name: string, example: Example, wanted: Wanted): Request {
  const { placement = "thread", workers = example.usualWorkers ?? availableParallelism() } = wanted
  if (placement === "process" && example.threadsOnly === true)
    throw badOption("--placement", `inline or thread: ${name} stands on shared memory, which processes do not have`, placement)
  for (const option of ["size", "input", "output", "exchange", "schedule"] as const)
    if (wanted[option] !== undefined && !example.takes.includes(option)) throw notTaken(name, option, example.takes)
  const { input = example.usualInput } = wanted
  if (input === undefined && example.takes.includes("input") && !example.takes.includes("size"))
    throw badOption("--input", `a path: ${name} works on files, such as ${example.sampleInput ?? "yours"}`, undefined)
  const usual: Exchange = placement === "process" ? "messages" : (example.usualExchange ?? "shared")
  const { exchange = usual, schedule = example.usualSchedule ?? "dynamic", output } = wanted
  if (exchange === "shared" && placement === "process" && example.takes.includes("exchange"))
    throw badOption("--exchange", 'messages with the placement "process": processes share no memory', exchange)
  return { size: sizeOf(example, wanted.size), input, output, exchange, schedule, placement, workers }
}

/** Runs it. What the example throws, and ERR_BAD_OPTION, comes to the caller. */
export async function runExample(
  name: string,
  example: Example,
  { wanted, around }: { wanted: Wanted; around: Around },
): Promise<Report> {
  const request = requestOf(name, example, wanted)
  const paceOf = (phase: Parameters<Around["onProgress"]>[0]): Pace =>
    new Pace({ signal: around.signal, onProgress: (fraction) => around.onProgress(phase, fraction) })
  const problem = await example.prepare(request, paceOf("preparing"))

  const system = await around.start()
  const sequentialStart = now()
  const sequential = await example.sequential(problem, paceOf("sequential"))
  const alone = since(sequentialStart)

  const workplace = new Workplace(system, request, paceOf("parallel"))
  try {
    const parallelStart = now()
    const parallel = await example.parallel(problem, workplace.run)
    const together = without(since(parallelStart), workplace.start)
    const checks = example
      .check(problem, { sequential, parallel })
      .map((check) => ({ ...check, holds: check.error <= check.within }))
    const { placement, workers } = request
    const speedUp = alone.ms / together.ms
    return {
      example: name,
      pattern: example.explanation.pattern,
      placement,
      workers,
      cores: availableParallelism(),
      options: Object.fromEntries(
        example.takes.flatMap((option) => (request[option] === undefined ? [] : [[option, request[option]]])),
      ),
      sequentialMs: alone.ms,
      parallelMs: together.ms,
      startMs: workplace.start.ms,
      processor: { sequentialMs: alone.processorMs, parallelMs: together.processorMs },
      speedUp,
      efficiency: speedUp / workers,
      checks,
      figures: example.figures?.(problem, parallel) ?? {},
      wrote: (await example.keep?.(problem, parallel)) ?? [],
    }
  } catch (error) {
    throw toldBy(error)
  } finally {
    await workplace.close()
  }
}

/** What a task told of its input is what matters, not that it was a task. */
function toldBy(error: unknown): unknown {
  if (codeOf(error) !== "ERR_TASK_FAILED" || !(error instanceof Error)) return error
  return codeOf(error.cause) === undefined ? error : error.cause
}

let runs = 0

/** The workers of one run. */
class Workplace {
  readonly run: Run
  readonly #system: ActorSystem
  readonly #refs: ActorRef[] = []
  readonly #opened: AsyncDisposable[] = []
  start: Span = { ms: 0, processorMs: 0 }

  constructor(system: ActorSystem, request: Request, pace: Pace) {
    this.#system = system
    const number = ++runs
    this.run = {
      ...request,
      pace,
      system,
      unique: (what) => `${what}-${String(number)}`,
      setUp: (layOutInput) => {
        const start = now()
        const laidOut = layOutInput()
        this.start = plus(this.start, since(start))
        return laidOut
      },
      hire: (Class, how) => this.#hire(Class, how),
      open: (start) => this.#open(start),
      pool: (options) => this.#pool(options),
      subscribe: (pattern, receive) => system.subscribe(pattern, receive),
      publish: (topic, data) => system.publish(topic, data),
    }
  }

  async #hire<A extends Actor>(Class: ActorClass<A>, { args, count }: HireOptions = {}): Promise<Crew<A>> {
    const { placement, workers, pace } = this.run
    const start = now()
    const spawning = Array.from({ length: count ?? workers }, async () => {
      const ref = await this.#system.spawn(Class, {
        placement,
        args,
        restart: "temporary",
        startTimeoutMs: START_MS,
        // A long chunk is no hang.
        ...(placement === "inline" ? {} : { unresponsiveMs: Infinity }),
      })
      this.#refs.push(ref)
      return ref
    })
    await Promise.allSettled(spawning)
    const crew = new Crew(await Promise.all(spawning), pace)
    this.start = plus(this.start, since(start))
    return crew
  }

  async #open<T extends AsyncDisposable>(starting: () => Promise<T>): Promise<T> {
    const start = now()
    const opened = await starting()
    this.#opened.push(opened)
    this.start = plus(this.start, since(start))
    return opened
  }

  async #pool(options: PoolOptions = {}): Promise<Pool> {
    const { placement, workers, pace } = this.run
    const onProgress: PoolOptions["onProgress"] = ({ done, total }) => {
      if (total !== undefined) pace.told(done / total)
    }
    return this.#open(() => Pool.start(this.#system, { placement, workers, onProgress, ...options }))
  }

  /** Ends the workers at once: they keep nothing that anybody needs. */
  async close(): Promise<void> {
    layOut(undefined)
    await Promise.all([
      ...this.#opened.map((opened) => opened[Symbol.asyncDispose]()),
      ...this.#refs.map((ref) => this.#system.kill(ref).catch(unlessEnded)),
    ])
  }
}

/** An actor that has ended by itself need not be killed. */
function unlessEnded(error: unknown): void {
  if (codeOf(error) !== "ERR_NO_ACTOR") throw error
}

/** Time on the wall and time of the processor. */
interface Span {
  readonly ms: number
  readonly processorMs: number
}

function now(): Span {
  const { user, system } = process.cpuUsage()
  return { ms: performance.now(), processorMs: (user + system) / 1000 }
}

function since(start: Span): Span {
  return without(now(), start)
}

function without(a: Span, b: Span): Span {
  return { ms: a.ms - b.ms, processorMs: a.processorMs - b.processorMs }
}

function plus(a: Span, b: Span): Span {
  return { ms: a.ms + b.ms, processorMs: a.processorMs + b.processorMs }
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
