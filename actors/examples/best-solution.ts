// best-solution — several workers scan listings and share one thing: the best solution found so far. An actor owns it, and whoever has
// found something better tells it; its handlers run one at a time, so no two can compare and write at once. With --exchange shared it is
// as with threads elsewhere: memory that all see, and a lock around it.
//
//   npx troupe run best-solution --input test/fixtures/NaCl.lst
//   npx troupe run best-solution --input a/folder/of/listings --exchange shared

import { basename } from "node:path"
import { Actor, actor, type ActorRef, AnswerError, handler, type JobOptions, task } from "../../runtime/index.js"
import type { ReadOptions } from "../files/input-file.js"
import { isBetter, scanListing, type Solution } from "./best-solution/listing.js"
import { SharedBest } from "./best-solution/shared-best.js"
import type { Example, Figures, Run } from "./harness/example.js"
import { filesIn } from "./harness/input-files.js"
import type { Memory } from "./harness/shared-floats.js"

/** How long the best solution is asked for. */
const PATIENCE_MS = 5000

/** What came of one listing. */
interface Outcome {
  readonly lines: number
  readonly solutions: number
  /** Why it could not be read, if so: the file and the line. */
  readonly problem?: { readonly code: string; readonly message: string }
}

interface Result {
  readonly best: Solution | undefined
  readonly outcomes: readonly Outcome[]
}

@actor({ kind: "best-solution-keeper", module: import.meta.url, description: "Owns the best solution found so far" })
export class BestSolutionKeeper extends Actor {
  #best: Solution | undefined

  /** Answers with the best one, this one or another. */
  @handler()
  offer(solution: Solution): Solution {
    if (isBetter(solution, this.#best)) this.#best = solution
    return this.#best ?? solution
  }

  @handler()
  best(): Solution | undefined {
    return this.#best
  }
}

/** A task: scans a listing. What is better than all it knows of it offers, and learns thereby what others have found. */
export const scanAndTell = task(import.meta.url, async (keeper: ActorRef<BestSolutionKeeper>, path: string) => {
  let known: Solution | undefined
  return scanned(path, async (solutions) => {
    for (const solution of solutions) if (isBetter(solution, known)) known = await keeper.ask.offer(solution)
  })
})

/** A task: the same with the best one in shared memory, under a lock. `at` is the place of the path in the list. */
export const scanUnderLock = task(import.meta.url, async (memory: Memory, path: string, at: number) => {
  const best = await SharedBest.open(memory)
  return scanned(path, async (solutions) => {
    for (const { wR2, line } of solutions) await best.offer({ wR2, at, line })
  })
})

export const bestSolution: Example<readonly string[], Result> = {
  explanation: {
    pattern: "task parallelism with something shared",
    consider: [
      "what is shared: one small thing that all compare with and few change; an actor that owns it takes the place of a lock",
      "how often: a worker offers only what is better than the best it knows of, so most solutions cost no message",
      "tasks: one per listing, of whatever length; who is free takes the next one",
      "errors: a file that is no listing is an outcome like another, with its line; the others are scanned all the same",
    ],
    mapping: "a listing is a message with its path; workers read the files themselves",
  },
  takes: ["input", "exchange"],
  sampleInput: "test/fixtures/NaCl.lst",
  usualExchange: "messages",

  prepare: ({ input = "" }) => filesIn(input, ".lst"),

  async sequential(paths, pace) {
    let best: Solution | undefined
    const outcomes: Outcome[] = []
    const take = (solutions: readonly Solution[]): void => {
      for (const solution of solutions) if (isBetter(solution, best)) best = solution
    }
    for (const path of paths) {
      outcomes.push(await scanned(path, take, { signal: pace.signal }))
      await pace.at(outcomes.length / paths.length)
    }
    const [first] = outcomes
    if (best === undefined && first?.problem !== undefined)
      throw new AnswerError(first.problem.code, first.problem.message, { path: paths[0] })
    return { best, outcomes }
  },

  parallel: (paths, run) => (run.exchange === "shared" ? underLock(paths, run) : byMessages(paths, run)),

  check: (_, { sequential, parallel }) => [
    {
      what: "figures that differ from the sequential version's",
      error: [
        parallel.best?.wR2 === sequential.best?.wR2,
        parallel.best?.path === sequential.best?.path,
        parallel.best?.line === sequential.best?.line,
        sumOf(parallel, "lines") === sumOf(sequential, "lines"),
        sumOf(parallel, "solutions") === sumOf(sequential, "solutions"),
      ].filter((same) => !same).length,
      within: 0,
    },
    {
      what: "files that are no listing",
      error: parallel.outcomes.filter(({ problem }) => problem !== undefined).length,
      within: 0,
    },
  ],

  figures: (paths, result) => ({
    listings: paths.length,
    lines: sumOf(result, "lines"),
    solutions: sumOf(result, "solutions"),
    ...shown(result.best),
    ...Object.fromEntries(
      result.outcomes.flatMap(({ problem }, at) =>
        problem === undefined ? [] : [[basename(paths[at] ?? ""), `${problem.code}: ${problem.message}`]],
      ),
    ),
  }),
}

async function byMessages(paths: readonly string[], run: Run): Promise<Result> {
  const keepers = await run.hire(BestSolutionKeeper, { count: 1 })
  const pool = await run.pool()
  const [keeper] = keepers.refs
  if (keeper === undefined) return { best: undefined, outcomes: [] }
  const progress = counted(run)
  run.soFar(async () => {
    const best = await keeper.with({ timeoutMs: PATIENCE_MS }).ask.best()
    return { ...shown(best), "listings scanned": progress.done, of: paths.length }
  })
  const outcomes = await pool.starmap(scanAndTell, paths.map((path) => [keeper, path] as const), progress.options) // prettier-ignore
  const [best] = await keepers.each((ask) => ask.best())
  return { best, outcomes }
}

async function underLock(paths: readonly string[], run: Run): Promise<Result> {
  const { memory } = run
  const shared = await SharedBest.open(memory)
  const pool = await run.pool()
  const tasks = paths.map((path, at) => [memory, path, at] as const)
  const progress = counted(run)
  const best = async (): Promise<Solution | undefined> => {
    const { wR2, at, line } = await shared.best({ timeoutMs: PATIENCE_MS })
    const path = paths[at]
    return path === undefined ? undefined : { wR2, path, line }
  }
  run.soFar(async () => ({ ...shown(await best()), "listings scanned": progress.done, of: paths.length }))
  const outcomes = await pool.starmap(scanUnderLock, tasks, progress.options)
  return { best: await best(), outcomes }
}

/** Counts what is done, for who watches and for who interrupts. */
function counted({ pace }: Run): { readonly done: number; readonly options: JobOptions } {
  const onProgress: JobOptions["onProgress"] = ({ done, total = 1 }) => {
    progress.done = done
    pace.told(done / total)
  }
  const progress = { done: 0, options: { signal: pace.signal, onProgress } }
  return progress
}

function shown(best: Solution | undefined): Figures {
  return {
    "best wR2": best?.wR2 ?? NaN,
    "found in": best === undefined ? "-" : `${best.path}, line ${String(best.line)}`,
  }
}

function sumOf({ outcomes }: Result, what: "lines" | "solutions"): number {
  return outcomes.reduce((total, outcome) => total + outcome[what], 0)
}

/** Scans a listing and hands on what it found. What is no listing is an outcome too. */
async function scanned(
  path: string,
  take: (solutions: readonly Solution[]) => Promise<void> | void,
  options: ReadOptions = {},
): Promise<Outcome> {
  try {
    const { lines, solutions } = await scanListing(path, options)
    await take(solutions)
    return { lines, solutions: solutions.length }
  } catch (error) {
    if (!(error instanceof AnswerError) || error.code === "ERR_CANCELLED") throw error
    return { lines: 0, solutions: 0, problem: { code: error.code, message: error.message } }
  }
}
