// best-solution — several workers scan listings and share one thing: the best solution found so far. An actor owns it, and whoever has
// found something better tells it; its handlers run one at a time, so no two can compare and write at once. With --exchange shared it is
// as with threads elsewhere: memory that all see, and a lock around it.
//
//   npx troupe run best-solution --input test/fixtures/NaCl.lst
//   npx troupe run best-solution --input a/folder/of/listings --exchange shared

import { Actor, actor, type ActorRef, handler, type JobOptions, task } from "../../runtime/index.js"
import { isBetter, scanListing, type Solution } from "./best-solution/listing.js"
import { SharedBest } from "./best-solution/shared-best.js"
import type { Example, Figures, Run } from "./harness/example.js"
import { filesIn } from "./harness/input-files.js"
import type { Memory } from "./harness/shared-floats.js"

/** How long the best solution is asked for. */
const PATIENCE_MS = 5000

interface Result {
  readonly best: Solution | undefined
  readonly lines: number
  readonly solutions: number
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
  const { lines, solutions } = await scanListing(path)
  let known: Solution | undefined
  for (const solution of solutions) if (isBetter(solution, known)) known = await keeper.ask.offer(solution)
  return { lines, solutions: solutions.length }
})

/** A task: the same with the best one in shared memory, under a lock. `at` is the place of the path in the list. */
export const scanUnderLock = task(import.meta.url, async (memory: Memory, path: string, at: number) => {
  const best = await SharedBest.open(memory)
  const { lines, solutions } = await scanListing(path)
  for (const { wR2, line } of solutions) await best.offer({ wR2, at, line })
  return { lines, solutions: solutions.length }
})

export const bestSolution: Example<readonly string[], Result> = {
  explanation: {
    pattern: "task parallelism with something shared",
    consider: [
      "what is shared: one small thing that all compare with and few change; an actor that owns it takes the place of a lock",
      "how often: a worker offers only what is better than the best it knows of, so most solutions cost no message",
      "tasks: one per listing, of whatever length; who is free takes the next one",
    ],
    mapping: "a listing is a message with its path; workers read the files themselves",
  },
  takes: ["input", "exchange"],
  sampleInput: "test/fixtures/NaCl.lst",
  usualExchange: "messages",

  prepare: ({ input = "" }) => filesIn(input, ".lst"),

  async sequential(paths, pace) {
    let best: Solution | undefined
    let lines = 0
    let solutions = 0
    for (const [at, path] of paths.entries()) {
      const scan = await scanListing(path, { signal: pace.signal })
      for (const solution of scan.solutions) if (isBetter(solution, best)) best = solution
      lines += scan.lines
      solutions += scan.solutions.length
      await pace.at((at + 1) / paths.length)
    }
    return { best, lines, solutions }
  },

  parallel: (paths, run) => (run.exchange === "shared" ? underLock(paths, run) : byMessages(paths, run)),

  check: (_, { sequential, parallel }) => [
    {
      what: "figures that differ from the sequential version's",
      error: [
        parallel.best?.wR2 === sequential.best?.wR2,
        parallel.best?.path === sequential.best?.path,
        parallel.best?.line === sequential.best?.line,
        parallel.lines === sequential.lines,
        parallel.solutions === sequential.solutions,
      ].filter((same) => !same).length,
      within: 0,
    },
  ],

  figures: (paths, { best, lines, solutions }) => ({
    listings: paths.length,
    lines,
    solutions,
    ...shown(best),
  }),
}

async function byMessages(paths: readonly string[], run: Run): Promise<Result> {
  const keepers = await run.hire(BestSolutionKeeper, { count: 1 })
  const pool = await run.pool()
  const [keeper] = keepers.refs
  if (keeper === undefined) return { best: undefined, lines: 0, solutions: 0 }
  const progress = counted(run)
  run.soFar(async () => {
    const best = await keeper.with({ timeoutMs: PATIENCE_MS }).ask.best()
    return { ...shown(best), "listings scanned": progress.done, of: paths.length }
  })
  const scans = await pool.starmap(scanAndTell, paths.map((path) => [keeper, path] as const), progress.options) // prettier-ignore
  const [best] = await keepers.each((ask) => ask.best())
  return resultOf(best, scans)
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
  const scans = await pool.starmap(scanUnderLock, tasks, progress.options)
  return resultOf(await best(), scans)
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

function resultOf(best: Solution | undefined, scans: readonly { lines: number; solutions: number }[]): Result {
  const sum = (of: (scan: { lines: number; solutions: number }) => number): number =>
    scans.reduce((total, scan) => total + of(scan), 0)
  return { best, lines: sum(({ lines }) => lines), solutions: sum(({ solutions }) => solutions) }
}
