// Kinds — the actor classes that were found, by their kind.
// A module that cannot be used is named with the cause, and the rest is used all the same.

import { readdir } from "node:fs/promises"
import { join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { type ActorDefinition, definitionOf, isActorClass } from "../actor/definition.js"
import { ActorModuleError, NoKindError } from "../errors.js"
import { Supervisor } from "../supervision/supervisor.js"

/** A module that should hold actors and cannot be used. */
export interface KindProblem {
  readonly file: string
  readonly message: string
}

/** Programs to run one by one: `troupe run` loads what one of them needs, and a node has no use for any. */
const PROGRAMS = /^examples[\\/]/

/** How long an actor module may take to load. */
const IMPORT_MS = 10_000

export class Kinds {
  readonly #definitions = new Map<string, { definition: ActorDefinition; file: string }>()
  readonly #problems: KindProblem[] = []
  /** The module of each kind, for hosts that have not looked for themselves. */
  readonly modules: Record<string, string> = {}

  constructor() {
    this.add(definitionOf(Supervisor), "the runtime")
  }

  get problems(): readonly KindProblem[] {
    return this.#problems
  }

  get definitions(): readonly ActorDefinition[] {
    return [...this.#definitions.values()].map(({ definition }) => definition)
  }

  /** Adds the classes that a folder's modules export, but for its examples; a missing folder has none. */
  async addFolder(folder: string): Promise<void> {
    for (const file of (await modulesIn(folder)).filter((one) => !PROGRAMS.test(one)))
      await this.#addModule(join(folder, file), relative(process.cwd(), join(folder, file)), !file.includes("/"))
  }

  /** Adds one class. */
  add(definition: ActorDefinition, file: string): void {
    const there = this.#definitions.get(definition.kind)
    if (there === undefined) {
      this.#definitions.set(definition.kind, { definition, file })
      this.modules[definition.kind] = definition.module
    } else if (there.definition !== definition) {
      this.#problem(file, `its kind "${definition.kind}" is taken by ${there.file}; choose another kind`)
    }
  }

  /** @throws {NoKindError} naming the kinds there are, and the modules that could not be used. */
  get(kind: string): ActorDefinition {
    const found = this.#definitions.get(kind)
    if (found !== undefined) return found.definition
    const broken = this.#problems.map(({ file, message }) => `${file}: ${message}`).join("; ")
    throw new NoKindError(
      kind,
      [...this.#definitions.keys()],
      broken === "" ? undefined : `there is no such kind, and these modules could not be used: ${broken}`,
    )
  }

  async #addModule(path: string, file: string, mustHaveActor: boolean): Promise<void> {
    let exports: Record<string, unknown>
    try {
      exports = await importWithin(path)
    } catch (error) {
      this.#problem(file, causeOf(error))
      return
    }
    const classes = Object.values(exports).filter(isActorClass)
    if (classes.length === 0 && mustHaveActor) this.#problem(file, "it exports no class marked with @actor")
    for (const Class of new Set(classes)) this.add(definitionOf(Class), file)
  }

  #problem(file: string, message: string): void {
    this.#problems.push({ file, message })
  }
}

/** The class of a kind in one module. @throws {ActorModuleError} */
export async function definitionIn(module: string, kind: string): Promise<ActorDefinition> {
  let exports: Record<string, unknown>
  try {
    exports = (await import(module)) as Record<string, unknown>
  } catch (error) {
    throw new ActorModuleError(module.slice(module.lastIndexOf("/") + 1), causeOf(error), error)
  }
  for (const value of Object.values(exports)) {
    if (isActorClass(value) && definitionOf(value).kind === kind) return definitionOf(value)
  }
  throw new ActorModuleError(
    module.slice(module.lastIndexOf("/") + 1),
    `it exports no actor of kind "${kind}"; export the class, so that threads and processes find it`,
  )
}

/** The class of a kind, of the given module or of the one in which the kind was found. @throws {NoKindError} or ActorModuleError */
export async function definitionOfKind(
  kind: string,
  module: string | undefined,
  found: Readonly<Record<string, string>>,
): Promise<ActorDefinition> {
  const from = module ?? found[kind]
  if (from === undefined) throw new NoKindError(kind, Object.keys(found))
  return definitionIn(from, kind)
}

async function modulesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

async function importWithin(path: string): Promise<Record<string, unknown>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not finish loading within ${String(IMPORT_MS)} ms`)), IMPORT_MS)
  })
  try {
    return (await Promise.race([import(pathToFileURL(path).href), late])) as Record<string, unknown>
  } finally {
    clearTimeout(timer)
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`
  const where = error instanceof SyntaxError ? `${error.name} (it does not compile)` : error.name
  return `${where}: ${error.message}`
}
