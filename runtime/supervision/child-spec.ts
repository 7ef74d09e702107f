// ChildSpec, SupervisorSpec — what a supervisor looks after and how, as data that crosses to any host (promises S1, S12).

import { type ActorClass, definitionOf, isActorClass } from "../actor/definition.js"
import { type IntensityOptions, intensityOptions } from "../actor/intensity-options.js"
import { checkSpawnOptions, fieldsOf, SPAWN_OPTIONS, type SpawnOptions } from "../actor/spawn-options.js"
import { BadOptionError } from "../errors.js"
import { NAME_PATTERN } from "../ids.js"
import { type BackoffOptions, backoffOptions } from "../time/backoff.js"

/**
 * Which children are started again together with one that failed: it alone, all, or it and those started after it. A dynamic
 * supervisor has many like children, each on its own, and stops them at the same time (promise S3).
 */
export type Strategy = "one-for-one" | "one-for-all" | "rest-for-one" | "dynamic"

/** Whether the supervisor ends when `any` or `all` of its significant children have ended by themselves (promise S10). */
export type AutoShutdown = "never" | "any" | "all"

/** One child of a supervisor. */
export interface ChildSpec extends SpawnOptions {
  /** Unique among its siblings. */
  readonly id: string
  /** The kind of actor, of those found at start; or of the module named by `module`. */
  readonly kind: string
  /** The URL of the module that exports the class. @default the one in which the kind was found at start */
  readonly module?: string
  /** Whether its end counts for `autoShutdown`; a permanent child's never does. @default false */
  readonly significant?: boolean
}

/** What a supervisor looks after, and how. */
export interface SupervisorSpec {
  /** @default "one-for-one" */
  readonly strategy?: Strategy
  /**
   * How many restarts of its children within which time are admitted; one more stops all of them and ends the supervisor. A child
   * with an `intensity` of its own counts by that alone, and leaves its siblings their share (promise S5). @default 3 within 5 s
   */
  readonly intensity?: Partial<IntensityOptions>
  /** For children that say nothing themselves. @default the first restart at once, then from 50 ms to 5 s, doubling */
  readonly backoff?: Partial<BackoffOptions>
  /** @default "never" */
  readonly autoShutdown?: AutoShutdown
  /** Started in this order, stopped in reverse; with "dynamic" there are none here. @default [] */
  readonly children?: readonly ChildSpec[]
  /** What every child of a dynamic supervisor is like; `startChild` gives what is particular. Required with "dynamic", else refused. */
  readonly template?: Omit<ChildSpec, "id" | "name">
}

/** Which actor a spec means: a kind, a class, or a supervisor by its own spec. */
export type ChildActor =
  { readonly kind: string; readonly module?: string } | { readonly actor: ActorClass } | { readonly supervisor: SupervisorInput }

/** A child spec as programs write it: an actor class in place of `kind` and `module`, or a supervisor's spec in place of both. */
export type ChildInput = Omit<ChildSpec, "kind" | "module"> & ChildActor

/** A template as programs write it. */
export type TemplateInput = Omit<ChildSpec, "id" | "name" | "kind" | "module"> & ChildActor

/** A supervisor's spec as programs write it. */
export interface SupervisorInput extends Omit<SupervisorSpec, "children" | "template"> {
  readonly children?: readonly ChildInput[]
  readonly template?: TemplateInput
}

export const SUPERVISOR_KIND = "supervisor"

const STRATEGIES: readonly unknown[] = ["one-for-one", "one-for-all", "rest-for-one", "dynamic"]
const AUTO_SHUTDOWNS: readonly unknown[] = ["never", "any", "all"]
const SUPERVISOR_FIELDS: readonly string[] = ["strategy", "intensity", "backoff", "autoShutdown", "children", "template"]
const OWN_FIELDS: readonly string[] = ["id", "kind", "module", "significant", "actor", "supervisor"]
const CHILD_FIELDS: readonly string[] = [...OWN_FIELDS, ...SPAWN_OPTIONS]

/**
 * Checks a supervisor's spec and gives it as plain data, down to the specs of supervisors below it.
 * @throws {BadOptionError} or BadNameError naming the first field that is wrong, before anything starts (promise S12)
 */
export function supervisorSpec(given: SupervisorInput = {}, at = ""): SupervisorSpec {
  fieldsOf(given, at === "" ? "supervisor spec" : at.slice(0, -1))
  for (const key of Object.keys(given))
    if (!SUPERVISOR_FIELDS.includes(key)) throw new BadOptionError(`${at}${key}`, `one of ${SUPERVISOR_FIELDS.join(", ")}`, key)
  const { strategy = "one-for-one", intensity, backoff, autoShutdown = "never", children = [], template } = given
  if (!STRATEGIES.includes(strategy)) throw new BadOptionError(`${at}strategy`, STRATEGIES.join(" | "), strategy)
  if (!AUTO_SHUTDOWNS.includes(autoShutdown))
    throw new BadOptionError(`${at}autoShutdown`, AUTO_SHUTDOWNS.join(" | "), autoShutdown)
  if (intensity !== undefined) intensityOptions(fieldsOf(intensity, `${at}intensity`), `${at}intensity`)
  if (backoff !== undefined) backoffOptions(fieldsOf(backoff, `${at}backoff`), `${at}backoff`)
  if (!Array.isArray(children)) throw new BadOptionError(`${at}children`, "a list of child specs", children)
  if (strategy === "dynamic" && children.length > 0)
    throw new BadOptionError(
      `${at}children`,
      'none with strategy "dynamic", whose children are started by startChild',
      children.length,
    )
  if ((strategy === "dynamic") !== (template !== undefined))
    throw new BadOptionError(`${at}template`, 'a child spec with strategy "dynamic", and only with it', template)
  const checked = children.map((child, index) => childSpec(child as ChildInput, `${at}children[${String(index)}].`))
  const ids = new Set<string>()
  for (const [index, { id }] of checked.entries()) {
    if (ids.has(id)) throw new BadOptionError(`${at}children[${String(index)}].id`, "an id that no sibling has", id)
    ids.add(id)
  }
  return {
    strategy,
    autoShutdown,
    children: checked,
    ...(intensity === undefined ? {} : { intensity }),
    ...(backoff === undefined ? {} : { backoff }),
    ...(template === undefined ? {} : { template: templateOf(template, `${at}template.`) }),
  }
}

/** Checks one child's spec and gives it as plain data. Errors as of `supervisorSpec`. */
export function childSpec(given: ChildInput, at = ""): ChildSpec {
  fieldsOf(given, at === "" ? "child spec" : at.slice(0, -1))
  for (const key of Object.keys(given))
    if (!CHILD_FIELDS.includes(key)) throw new BadOptionError(`${at}${key}`, `one of ${CHILD_FIELDS.join(", ")}`, key)
  const { id, significant, ...rest } = given
  if (typeof id !== "string" || !NAME_PATTERN.test(id))
    throw new BadOptionError(`${at}id`, 'a letter, then letters, digits, "_" or "-", 64 at most', id)
  if (significant !== undefined && typeof significant !== "boolean")
    throw new BadOptionError(`${at}significant`, "true or false", significant)
  const { what, options } = whatOf(rest, at)
  checkSpawnOptions(options, at)
  if (options.daemon !== undefined)
    throw new BadOptionError(`${at}daemon`, "none below another actor, whose end is its own as well", options.daemon)
  if (significant === true && (options.restart ?? "permanent") === "permanent")
    throw new BadOptionError(`${at}significant`, 'true only with restart "transient" or "temporary"', significant)
  return { id, ...options, ...what, ...(significant === undefined ? {} : { significant }) }
}

function templateOf(given: TemplateInput, at: string): Omit<ChildSpec, "id" | "name"> {
  fieldsOf(given, at.slice(0, -1))
  for (const key of ["id", "name"])
    if (key in given)
      throw new BadOptionError(`${at}${key}`, "none: startChild gives it", (given as Record<string, unknown>)[key])
  const { kind, ...rest } = childSpec({ ...given, id: "template" }, at)
  const template: Partial<ChildSpec> = rest
  delete (template as { id?: string }).id
  return { ...template, kind }
}

/** Which actor a spec means, and the rest of it. */
function whatOf(given: object, at: string): { what: Pick<ChildSpec, "kind" | "module" | "args">; options: SpawnOptions } {
  const { kind, module, actor, supervisor, ...options } = given as Record<string, unknown> & SpawnOptions
  if ([kind, actor, supervisor].filter((one) => one !== undefined).length !== 1)
    throw new BadOptionError(`${at}kind`, "either a kind, or an actor class as `actor`, or a spec as `supervisor`", kind)
  if (module !== undefined && (kind === undefined || typeof module !== "string" || !/^(file|data|node):/.test(module)))
    throw new BadOptionError(`${at}module`, "the URL of a module, beside `kind`", module)
  if (supervisor !== undefined) {
    if (options.args !== undefined) throw new BadOptionError(`${at}args`, "none beside `supervisor`", options.args)
    return { what: nested(supervisor as SupervisorInput, `${at}supervisor.`), options }
  }
  if (actor !== undefined) {
    if (!isActorClass(actor)) throw new BadOptionError(`${at}actor`, "a class marked with @actor", actor)
    const definition = definitionOf(actor)
    return { what: { kind: definition.kind, module: definition.module }, options }
  }
  if (typeof kind !== "string" || !NAME_PATTERN.test(kind)) throw new BadOptionError(`${at}kind`, "the kind of an actor", kind)
  if (kind === SUPERVISOR_KIND) return { what: nested(options.args ?? {}, `${at}args.`), options }
  return { what: { kind, ...(module === undefined ? {} : { module }) }, options }
}

function nested(spec: SupervisorInput, at: string): Pick<ChildSpec, "kind" | "args"> {
  return { kind: SUPERVISOR_KIND, args: supervisorSpec(spec, at) }
}
