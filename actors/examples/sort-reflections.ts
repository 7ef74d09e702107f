// reflections — a queue of files, and daemon workers that take from it: each sorts the reflections of a file by h, k, l. The program puts
// the names in, and waits until the last one is done with.
//
//   npx troupe run reflections --input test/fixtures/NaCl.hkl
//   npx troupe run reflections --input a/folder/of/lists --workers 3

import { basename } from "node:path"
import { Actor, actor, AnswerError, codeOf, handler } from "../../runtime/index.js"
import type { Queue } from "../../runtime/toolkit.js"
import { readHklf4 } from "../reflections.js"
import type { Reflection } from "../reflections/hklf4.js"
import type { Example } from "./harness/example.js"
import { filesIn } from "./harness/input-files.js"
import { keeperFor, type ToolSource, toolsFrom } from "./harness/tools.js"

/** What came of one file. */
interface Sorted {
  readonly path: string
  readonly reflections: number
  /** A number that another order would change. */
  readonly print: number
  /** Why it could not be read, if so: the file and the line. */
  readonly problem?: { readonly code: string; readonly message: string }
}

interface Queues {
  readonly files: Queue<string>
  readonly done: Queue<Sorted>
}

interface Args {
  readonly names: { readonly files: string; readonly done: string }
  readonly source: ToolSource
}

const LIMIT = 16

@actor({ kind: "reflections-sorter", module: import.meta.url, description: "Sorts the reflection lists that a queue names" })
export class ReflectionsSorter extends Actor {
  #queues: Queues | undefined

  override async onStart(args: unknown): Promise<void> {
    this.#queues = await openQueues(args as Args, this.context)
    this.context.schedule("work", { afterMs: 0 })
  }

  /** Until the queue is closed. Whoever takes the place of one that has died begins by itself. */
  @handler()
  async work(): Promise<void> {
    if (this.#queues === undefined) return
    const { files, done } = this.#queues
    for await (const path of files) {
      await done.put(await sort(path))
      await files.taskDone()
    }
  }
}

export const reflections: Example<readonly string[], readonly Sorted[]> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "the queue: who is free takes the next file, so a long one keeps nobody else waiting",
      "join: the program waits until taskDone was said for each file that was put, not for the workers, which never end: they are daemons",
      "deaths: a file whose worker died goes back into the queue (unfinished: requeue), and the worker is started again (restart: permanent)",
      "errors: a bad file is an outcome like another, with its line; the others are sorted all the same",
    ],
    mapping: "one file, one item of the queue; three workers unless told otherwise",
  },
  takes: ["input"],
  sampleInput: "test/fixtures/NaCl.hkl",
  usualWorkers: 3,

  prepare: ({ input = "" }) => filesIn(input, ".hkl"),

  async sequential(paths, pace) {
    const sorted: Sorted[] = []
    for (const path of paths) {
      sorted.push(await sort(path, pace.signal))
      await pace.at(sorted.length / paths.length)
    }
    const [first] = sorted
    if (sorted.every(({ problem }) => problem !== undefined) && first?.problem !== undefined)
      throw new AnswerError(first.problem.code, first.problem.message, { path: first.path })
    return sorted
  },

  async parallel(paths, run) {
    const names = { files: run.unique("files"), done: run.unique("done") }
    const source = await keeperFor(run)
    const { files, done } = await openQueues({ names, source }, run.system)
    // By path: a file is sorted twice if its worker died between the result and taskDone.
    const sorted = new Map<string, Sorted>()
    run.soFar(() => ({ "files sorted": sorted.size, of: paths.length, reflections: reflectionsIn([...sorted.values()]) }))
    const crew = await run.hire(ReflectionsSorter, { args: { names, source }, daemon: true, restart: "permanent" })
    const close = (): Promise<unknown> => Promise.all([files.close(), done.close()])
    try {
      await crew.during(async (signal) => {
        const putting = async (): Promise<void> => {
          for (const path of paths) await files.put(path, { signal })
          await files.join({ signal })
          await close()
        }
        const taking = async (): Promise<void> => {
          for await (const one of done) run.pace.told(sorted.set(one.path, one).size / paths.length)
        }
        await Promise.all([putting(), taking()])
      })
    } finally {
      // Whoever still waits for an item is told that none comes.
      await close()
    }
    return paths.flatMap((path) => sorted.get(path) ?? [])
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "files that were sorted in another way than by the sequential version",
      error: sequential.filter(
        ({ path, print, reflections }, at) =>
          parallel[at]?.path !== path || parallel[at].print !== print || parallel[at].reflections !== reflections,
      ).length,
      within: 0,
    },
    {
      what: "files that could not be read",
      error: parallel.filter(({ problem }) => problem !== undefined).length,
      within: 0,
    },
  ],

  figures: (_, sorted) => ({
    files: sorted.length,
    reflections: reflectionsIn(sorted),
    ...Object.fromEntries(
      sorted.flatMap(({ path, problem }) =>
        problem === undefined ? [] : [[basename(path), `${problem.code}: ${problem.message}`]],
      ),
    ),
  }),
}

function reflectionsIn(sorted: readonly Sorted[]): number {
  return sorted.reduce((sum, { reflections: own }) => sum + own, 0)
}

async function openQueues({ names, source }: Args, user: Parameters<typeof toolsFrom>[1]): Promise<Queues> {
  const tools = await toolsFrom(source, user)
  return {
    files: await tools.queue<string>(names.files, { capacity: LIMIT, itemBytes: 4096, unfinished: "requeue" }),
    done: await tools.queue<Sorted>(names.done, { capacity: LIMIT, itemBytes: 8192 }),
  }
}

async function sort(path: string, signal?: AbortSignal): Promise<Sorted> {
  try {
    const { reflections } = await readHklf4(path, signal === undefined ? {} : { signal })
    const sorted = [...reflections].sort((a, b) => a.h - b.h || a.k - b.k || a.l - b.l || a.f2 - b.f2)
    return { path, reflections: sorted.length, print: printOf(sorted) }
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined || code === "ERR_CANCELLED" || !(error instanceof Error)) throw error
    return { path, reflections: 0, print: 0, problem: { code, message: error.message } }
  }
}

function printOf(sorted: readonly Reflection[]): number {
  return sorted.reduce((print, { h, k, l, f2 }) => (print * 31 + h * 7 + k * 3 + l + f2) % 1_000_003, 0)
}
