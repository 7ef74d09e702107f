// StrayErrors — what is thrown outside of any handler on a program's own loop: in a timer, or by a promise nobody awaits.
// It ends the inline actor whose module its stack names (promise A6). Node.js keeps no cheaper record of who started a promise;
// in a thread or process there is one actor, and no doubt.
// Y1  What is not an actor's is not ours: it does what it would do without us.

import { findSourceMap } from "node:module"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { ActorCell } from "../actor/actor-cell.js"
import type { Assembly } from "./assembly.js"

/** How long a program that failed may take to end its actors. */
const FATAL_MS = 3000

export class StrayErrors {
  readonly #assembly: Assembly
  /** Ends what the program started, before an error of nobody's ends the program. */
  onFatal: (() => Promise<void>) | undefined
  readonly #onError = (error: unknown): void => this.#take(error)

  constructor(assembly: Assembly) {
    this.#assembly = assembly
    process.on("uncaughtException", this.#onError)
    process.on("unhandledRejection", this.#onError)
  }

  close(): void {
    process.off("uncaughtException", this.#onError)
    process.off("unhandledRejection", this.#onError)
  }

  #take(error: unknown): void {
    const suspects = this.#suspects(error)
    const [only] = suspects
    if (only !== undefined && suspects.length === 1) return only.crash(error)
    const log = this.#assembly.log.of(this.#assembly.runtime.host)
    const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error)
    if (suspects.length > 1) {
      const names = suspects.map(({ name }) => name).join(", ")
      log.error(`thrown outside of any handler, by one of ${names}; which one cannot be told`, { stack })
      return
    }
    // Ours is the only listener: without it, Node.js would have ended the program.
    if (process.listenerCount("uncaughtException") > 1 || process.listenerCount("unhandledRejection") > 1) return
    log.error("thrown outside of any actor", { stack })
    process.stderr.write(`${stack}\n`)
    // What it started is ended first, as far as that goes quickly.
    const late = new Promise<void>((resolve) => setTimeout(resolve, FATAL_MS))
    void Promise.race([this.onFatal?.(), late]).finally(() => process.exit(1))
  }

  #suspects(error: unknown): ActorCell[] {
    const stack = error instanceof Error ? (error.stack ?? "") : ""
    const suspects: ActorCell[] = []
    for (const cell of this.#assembly.runtime.cells) {
      if (cell.life?.ended === false && namesOf(cell.definition.module).some((name) => stack.includes(name))) suspects.push(cell)
    }
    return suspects
  }
}

/** What a stack may call a module: its URL, its path, and with `--enable-source-maps` the paths of its sources. */
function namesOf(module: string): string[] {
  if (!module.startsWith("file:")) return [module]
  const path = fileURLToPath(module)
  const { sources = [], sourceRoot = "" } = findSourceMap(path)?.payload ?? {}
  return [module, path, ...sources.map((source) => resolve(dirname(path), sourceRoot, source))]
}
