// StrayErrors — what is thrown outside of any handler on a program's own loop: in a timer, or by a promise nobody awaits.
// It ends the inline actor whose module its stack names (promise A6). Node.js keeps no cheaper record of who started a promise;
// in a thread or process there is one actor, and no doubt.
// Y1  What is not an actor's is not ours: it does what it would do without us. The program's own handlers are called in any case.
// Y2  All systems of a program look at an error together: one that is nobody's to one of them may be an actor's of another.
// Y3  The first error of nobody's ends the program. One that comes of telling so, or meanwhile, begins nothing anew.

import { findSourceMap } from "node:module"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { ActorCell } from "../actor/actor-cell.js"
import { summarise } from "../actor/exit-reason.js"
import type { Assembly } from "./assembly.js"

/** How long a program that failed may take to end its actors. */
const FATAL_MS = 3000

const systems = new Set<StrayErrors>()
/** Y3. Telling of it writes to stdout and stderr, and each write fails when their reader has gone. */
let isEnding = false

export class StrayErrors {
  readonly assembly: Assembly
  /** Ends what the program started, before an error of nobody's ends the program. */
  onFatal: (() => Promise<void>) | undefined

  constructor(assembly: Assembly) {
    this.assembly = assembly
    if (systems.size === 0) {
      process.on("uncaughtException", onException)
      process.on("unhandledRejection", onRejection)
    }
    systems.add(this)
  }

  close(): void {
    if (!systems.delete(this) || systems.size > 0) return
    process.off("uncaughtException", onException)
    process.off("unhandledRejection", onRejection)
  }
}

function onException(error: unknown): void {
  if (isAnActors(error) || process.listeners("uncaughtException").some((listener) => listener !== onException)) return
  endProgram(error)
}

function onRejection(error: unknown): void {
  if (isAnActors(error) || process.listeners("unhandledRejection").some((listener) => listener !== onRejection)) return
  // Without a listener Node.js raises it as an exception, which the program may have a handler for.
  const emit = process.emit.bind(process) as (event: string, error: unknown, origin: string) => boolean
  emit("uncaughtExceptionMonitor", error, "unhandledRejection")
  emit("uncaughtException", error, "unhandledRejection")
}

/** Ends the one actor that threw it. Returns whether it was an actor's, also when it cannot be told which one's. */
function isAnActors(error: unknown): boolean {
  const stack = stackOf(error)
  const suspects = [...systems].flatMap(({ assembly }) => suspectsIn(assembly, stack).map((cell) => ({ cell, assembly })))
  const [first] = suspects
  if (first === undefined) return false
  if (suspects.length === 1) first.cell.crash(error)
  else {
    const names = suspects.map(({ cell }) => cell.name).join(", ")
    const { assembly } = first
    assembly.log
      .of(assembly.runtime.host)
      .error(`thrown outside of any handler, by one of ${names}; which one cannot be told`, { stack })
  }
  return true
}

function endProgram(error: unknown): void {
  if (isEnding) return
  isEnding = true
  const stack = stackOf(error)
  const [first] = systems
  first?.assembly.log.of(first.assembly.runtime.host).error("thrown outside of any actor", { stack })
  process.stderr.write(`${stack}\n`)
  // What it started is ended first, as far as that goes quickly.
  const late = new Promise<void>((resolve) => setTimeout(resolve, FATAL_MS))
  const ended = Promise.allSettled([...systems].map(async ({ onFatal }) => onFatal?.()))
  void Promise.race([ended, late]).finally(() => process.exit(1))
}

/** Never throws, whatever was thrown. */
function stackOf(error: unknown): string {
  try {
    if (error instanceof Error && typeof error.stack === "string") return error.stack
  } catch {
    // A stack that throws when it is read says nothing.
  }
  const { name, message } = summarise(error)
  return `${name}: ${message}`
}

function suspectsIn(assembly: Assembly, stack: string): ActorCell[] {
  const suspects: ActorCell[] = []
  for (const cell of assembly.runtime.cells)
    if (cell.life?.ended === false && namesOf(cell.definition.module).some((name) => stack.includes(name))) suspects.push(cell)
  return suspects
}

/** What a stack may call a module: its URL, its path, and with `--enable-source-maps` the paths of its sources. */
function namesOf(module: string): string[] {
  if (!module.startsWith("file:")) return [module]
  const path = fileURLToPath(module)
  const { sources = [], sourceRoot = "" } = findSourceMap(path)?.payload ?? {}
  const pathOf = (source: string): string =>
    source.startsWith("file:") ? fileURLToPath(source) : resolve(dirname(path), sourceRoot, source)
  return [module, path, ...sources.map(pathOf)]
}
