// best-solution — several workers scan listings and share one thing: the best solution found so far. With threads one would put a lock
// around it; here an actor owns it, and whoever has found something better tells it. Its handlers run one at a time, so no two can
// compare and write at once.
//
//   npx troupe run best-solution --input test/fixtures/NaCl.lst
//   npx troupe run best-solution --input a/folder/of/listings

import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { Actor, actor, type ActorRef, AnswerError, handler } from "../../runtime/index.js"
import { isBetter, scanListing, type Solution } from "./best-solution/listing.js"
import type { Example } from "./harness/example.js"

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

@actor({ kind: "best-solution-scanner", module: import.meta.url, description: "Scans a listing for solutions" })
export class BestSolutionScanner extends Actor {
  #known: Solution | undefined

  /** What is better than all it knows of it offers, and learns thereby what others have found. */
  @handler()
  async scan({
    path,
    keeper,
  }: {
    path: string
    keeper: ActorRef<BestSolutionKeeper>
  }): Promise<{ lines: number; solutions: number }> {
    const { lines, solutions } = await scanListing(path, { signal: this.context.signal })
    for (const solution of solutions) if (isBetter(solution, this.#known)) this.#known = await keeper.ask.offer(solution)
    return { lines, solutions: solutions.length }
  }
}

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
  takes: ["input"],

  prepare: async ({ input = "" }) => listingsIn(input),

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

  async parallel(paths, run) {
    const keepers = await run.hire(BestSolutionKeeper, { count: 1 })
    const crew = await run.hire(BestSolutionScanner)
    const [keeper] = keepers.refs
    if (keeper === undefined) return { best: undefined, lines: 0, solutions: 0 }
    const scans = await crew.map(paths, (ask, path) => ask.scan({ path, keeper }))
    const [best] = await keepers.each((ask) => ask.best())
    const sum = (of: (scan: { lines: number; solutions: number }) => number): number =>
      scans.reduce((total, scan) => total + of(scan), 0)
    return { best, lines: sum(({ lines }) => lines), solutions: sum(({ solutions }) => solutions) }
  },

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
    "best wR2": best?.wR2 ?? NaN,
    "found in": best === undefined ? "-" : `${best.path}, line ${String(best.line)}`,
  }),
}

/** The file itself, or the listings in the folder, by name. */
async function listingsIn(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined)
  // What is no folder is read, and whatever is wrong with it is told then.
  if (found?.isDirectory() !== true) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith(".lst")).sort()
  if (names.length > 0) return names.map((name) => join(path, name))
  throw new AnswerError("ERR_BAD_LISTING", `${path}: no file in it ends in .lst`, { path })
}
