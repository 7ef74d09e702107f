// Control — what a node does for those who command it over the bus (architecture: `troupe._ctl.<command>`).

import type { ActorDefinition } from "../actor/definition.js"
import { mailboxOptions } from "../actor/mailbox-options.js"
import { SPAWN_OPTIONS, type SpawnOptions } from "../actor/spawn-options.js"
import { BadOptionError, NoActorError } from "../errors.js"
import { millis } from "../ids.js"
import type { Rung } from "../supervision/death-ladder.js"
import { ownerOf } from "../supervision/watches.js"
import type { Command } from "../transport/nats-control.js"
import type { Assembly } from "./assembly.js"
import { type ActorRow, listActors } from "./host-requests.js"
import type { Kinds } from "./kinds.js"

export interface ControlParts {
  readonly assembly: Assembly
  readonly kinds: Kinds
  readonly name: string
  readonly prefix: string
  /** Whatever else `stats` should show. */
  readonly stats: () => Record<string, unknown>
}

/** Ending an actor may climb the whole ladder, below a first rung that may take as long as it is given. */
const LADDER_MS = 60_000

/** The commands of a node, by name. */
export function controlCommands(parts: ControlParts): ReadonlyMap<string, Command> {
  const control = new Control(parts)
  return new Map<string, Command>([
    ["spawn", taking(SPAWN_FIELDS, (request) => control.spawn(request))],
    ["stop", taking(END_FIELDS, (request) => control.end(request, "stop"))],
    ["drain", taking(END_FIELDS, (request) => control.end(request, "drain"))],
    ["kill", taking(END_FIELDS, (request) => control.end(request, "kill"))],
    ["restart", taking(["name"], (request) => control.restart(request))],
    ["ps", taking([], () => control.ps())],
    ["tree", taking([], () => control.tree())],
    ["describe", taking(["kind"], (request) => control.describe(request))],
    ["why", taking(["name"], (request) => control.why(request))],
    ["stats", taking([], () => control.stats())],
  ])
}

const SPAWN_FIELDS = ["kind", ...SPAWN_OPTIONS]
const END_FIELDS = ["name", "timeoutMs"]

type Fields = Readonly<Record<string, unknown>>

/** A command that takes these fields and refuses others by name. */
function taking(known: readonly string[], run: (request: Fields) => unknown): Command {
  return (input) => {
    if (input === undefined || input === null) return run({})
    if (typeof input !== "object" || Array.isArray(input)) throw new BadOptionError("request", "an object", input)
    for (const key of Object.keys(input))
      if (!known.includes(key))
        throw new BadOptionError(key, known.length === 0 ? "no field at all" : `one of ${known.join(", ")}`, key)
    return run(input as Fields)
  }
}

function text(from: Fields, key: string): string {
  const value = from[key]
  if (typeof value !== "string" || value === "") throw new BadOptionError(key, "text", value)
  return value
}

class Control {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async spawn(request: Fields): Promise<unknown> {
    const { assembly, kinds } = this.#parts
    const definition = kinds.get(text(request, "kind"))
    const options = Object.fromEntries(
      SPAWN_OPTIONS.flatMap((key) => (request[key] === undefined || request[key] === null ? [] : [[key, request[key]]])),
    ) as SpawnOptions
    const ref = await assembly.root.spawnDefinition(definition, options)
    const child = assembly.children.get(ref.id)
    return {
      ...ref.toJSON(),
      placement: options.placement ?? "inline",
      pid: child?.hosted.pid ?? 0,
      threadId: child?.hosted.threadId ?? 0,
    }
  }

  async end(request: Fields, rung: Rung): Promise<unknown> {
    const { assembly } = this.#parts
    const { name, id } = await this.#find(text(request, "name"))
    const timeoutMs = request["timeoutMs"] === undefined ? undefined : millis(request["timeoutMs"], "timeoutMs")
    const ending = await assembly.runtime.askHost(ownerOf(id), "end", {
      input: { id, rung, timeoutMs },
      timeoutMs: (timeoutMs ?? 0) + LADDER_MS,
    })
    return { name, id, ...(ending as object) }
  }

  async restart(request: Fields): Promise<unknown> {
    const { assembly } = this.#parts
    const { name, id } = await this.#find(text(request, "name"))
    const outcome = await assembly.runtime.askHost(ownerOf(id), "restart", { input: { id }, timeoutMs: LADDER_MS })
    return { name, id, ...(outcome as object) }
  }

  async ps(): Promise<unknown> {
    return { program: this.#program(), actors: await listActors(this.#parts.assembly) }
  }

  async tree(): Promise<unknown> {
    const rows = await listActors(this.#parts.assembly)
    const below = (parent: string | undefined): unknown[] =>
      rows.filter((row) => row.parent === parent).map((row: ActorRow) => ({ ...row, children: below(row.id) }))
    return { ...this.#program(), children: below(undefined) }
  }

  describe(request: Fields): unknown {
    const { kinds } = this.#parts
    const definitions = request["kind"] === undefined ? kinds.definitions : [kinds.get(text(request, "kind"))]
    return { kinds: definitions.map(describeKind), problems: kinds.problems }
  }

  async why(request: Fields): Promise<unknown> {
    const name = text(request, "name")
    const { deaths, children } = this.#parts.assembly
    const records = deaths.of(name)
    const ended = deaths.endOf(name)
    if (records.length === 0 && ended === undefined) await this.#find(name)
    const child = [...children.values()].find(({ ref }) => ref.name === name || ref.id === name)
    return {
      ...{ name, deaths: records },
      ...(ended === undefined ? {} : { ended }),
      ...(child === undefined ? {} : { restarts: child.restarts }),
    }
  }

  stats(): unknown {
    const { assembly, stats } = this.#parts
    const { runtime } = assembly
    return {
      program: this.#program(),
      actors: assembly.children.size,
      asks: { open: runtime.asks.open, late: runtime.asks.late + runtime.router.late, outstanding: runtime.router.outstanding },
      malformed: runtime.garbage,
      deadLetters: assembly.deadLetters.counts,
      memory: process.memoryUsage(),
      ...stats(),
    }
  }

  #program(): Record<string, unknown> {
    const { assembly, name, prefix } = this.#parts
    return { name, host: assembly.runtime.host, pid: process.pid, uptimeMs: Date.now() - assembly.startedAt, prefix }
  }

  /** Of a name that nobody has any more, how its last actor ended. */
  #whatIsKnown(name: string): string[] {
    const { deaths } = this.#parts.assembly
    if (deaths.of(name).length === 0 && deaths.endOf(name) === undefined) return []
    return [`there is no such actor any more, and "troupe why ${name}" tells how it ended`]
  }

  async #find(name: string): Promise<{ name: string; id: ActorRow["id"] }> {
    const { assembly } = this.#parts
    // Its own first: a look at all hosts would wait for the busy ones.
    for (const { ref } of assembly.children.values())
      if (ref.name === name || ref.id === name) return { name: ref.name, id: ref.id }
    const row = (await listActors(assembly)).find((one) => one.name === name || one.id === name)
    if (row !== undefined) return row
    const entry = /^[A-Za-z]/.test(name) ? await assembly.registry.entryOf(name) : undefined
    if (entry === undefined && name === this.#parts.name)
      throw new NoActorError(name, 'that is the program itself, the root of its actors; "troupe down" ends it')
    if (entry === undefined) throw new NoActorError(name, ...this.#whatIsKnown(name))
    return { name, id: entry.id }
  }
}

function describeKind({ kind, description, module, handlers, mailbox }: ActorDefinition): unknown {
  return {
    kind,
    description,
    module: module.slice(module.lastIndexOf("/") + 1),
    handlers: [...handlers.values()].map(({ name, input, reentrant }) => ({ name, schema: input !== undefined, reentrant })),
    mailbox: mailboxOptions(mailbox),
  }
}
