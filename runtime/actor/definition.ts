// ActorDefinition — what `@actor` and `@handler` say about a class, read once and shared by all its actors.

import { ActorModuleError, BadOptionError } from "../errors.js"
import { NAME_PATTERN } from "../ids.js"
import type { Actor } from "./actor.js"
import { type MailboxOptions, mailboxOptions } from "./mailbox-options.js"
import type { StandardSchemaV1 } from "./standard-schema.js"

/** How one handler is called. */
export interface HandlerDefinition {
  readonly name: string
  readonly input: StandardSchemaV1 | undefined
  readonly reentrant: boolean
}

/** What the runtime knows of an actor class. */
export interface ActorDefinition {
  readonly kind: string
  /** The URL of the module that exports the class; other hosts import it from there. */
  readonly module: string
  readonly description: string
  readonly Class: ActorClass
  readonly handlers: ReadonlyMap<string, HandlerDefinition>
  readonly exits: Exits
  /** What the class says of its mailbox; the rest is the configuration's. */
  readonly mailbox: Partial<MailboxOptions>
}

/** Whether an actor shares the abnormal end of one it is linked with, or is told of it (promise W3). */
export type Exits = "follow" | "trap"

/** Any class that extends `Actor`; its constructor's arguments are injected. */
export type ActorClass<A extends Actor = Actor> = new (...injected: never[]) => A

/** What `@actor` takes. */
export interface ActorOptions {
  /** The name under which `troupe spawn` and the topology know the class. */
  readonly kind: string
  /** `import.meta.url` of the module that exports the class. */
  readonly module: string
  /** One line for `troupe describe`. @default "" */
  readonly description?: string
  /** `trap`: the end of a linked actor comes to `onTerminated` instead of ending this one. @default "follow" */
  readonly exits?: Exits
  /** @default 1,000 messages, "reject" */
  readonly mailbox?: Partial<MailboxOptions>
}

/** What `@handler` takes. */
export interface HandlerOptions {
  /** A schema of any Standard Schema library; a message that does not fit is refused with ERR_BAD_MESSAGE. @default none */
  readonly input?: StandardSchemaV1
  /** Lets other messages in while this handler awaits (promise A2). @default false */
  readonly reentrant?: boolean
}

const EXITS: readonly Exits[] = ["follow", "trap"]
const HANDLERS = Symbol("handlers")
const DEFINITION = Symbol("definition")
const HANDLER_PATTERN = /^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/
const RESERVED = new Set(["constructor", "then", "context", "onStart", "onStop", "onChildExit", "onTerminated"])

interface Marked {
  [HANDLERS]?: Map<string, HandlerDefinition>
  [DEFINITION]?: ActorDefinition
}

/** Marks a method that may be called from outside, with one message at most. @throws {BadOptionError} for a name that callers cannot use. */
export function handler(options: HandlerOptions = {}) {
  return <F extends (input: never) => unknown>(
    prototype: object,
    name: string,
    _descriptor: TypedPropertyDescriptor<F>,
  ): void => {
    if (RESERVED.has(name) || !HANDLER_PATTERN.test(name)) {
      throw new BadOptionError("@handler", "a method name of letters, digits, _ and $, 64 at most, that is not a hook", name)
    }
    const own = Object.hasOwn(prototype, HANDLERS) ? (prototype as Marked)[HANDLERS] : undefined
    const handlers = own ?? new Map<string, HandlerDefinition>()
    handlers.set(name, { name, input: options.input, reentrant: options.reentrant ?? false })
    Object.defineProperty(prototype, HANDLERS, { value: handlers, configurable: true })
  }
}

/** Marks a class as an actor of some kind. @throws {BadOptionError} for a bad kind, module or mailbox. */
export function actor(options: ActorOptions) {
  return (Class: ActorClass): void => {
    if (!NAME_PATTERN.test(options.kind)) throw new BadOptionError("@actor kind", "a name", options.kind)
    mailboxOptions(options.mailbox ?? {})
    const { exits = "follow" } = options
    if (!EXITS.includes(exits)) throw new BadOptionError("@actor exits", EXITS.join(" | "), exits)
    if (!/^(file|data|node):/.test(options.module)) throw new BadOptionError("@actor module", "import.meta.url", options.module)
    const definition: ActorDefinition = {
      kind: options.kind,
      module: options.module,
      description: options.description ?? "",
      Class,
      handlers: handlersOf(Class),
      exits,
      mailbox: options.mailbox ?? {},
    }
    Object.defineProperty(Class, DEFINITION, { value: definition })
  }
}

function handlersOf(Class: ActorClass): Map<string, HandlerDefinition> {
  const chain: Marked[] = []
  for (let at: unknown = Class.prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at))
    chain.push(at as Marked)
  const handlers = new Map<string, HandlerDefinition>()
  for (const level of chain.reverse()) {
    if (!Object.hasOwn(level, HANDLERS)) continue
    for (const [name, definition] of level[HANDLERS] ?? []) handlers.set(name, definition)
  }
  return handlers
}

/** Whether a value is a class marked with `@actor` itself (a subclass has to be marked too). */
export function isActorClass(value: unknown): value is ActorClass {
  return typeof value === "function" && Object.hasOwn(value, DEFINITION)
}

/** @throws {ActorModuleError} when the class is not marked with `@actor`, BadOptionError when it is no class at all. */
export function definitionOf(Class: ActorClass): ActorDefinition {
  if (typeof (Class as unknown) !== "function") throw new BadOptionError("actor class", "a class marked with @actor", Class)
  const definition = Object.hasOwn(Class, DEFINITION) ? (Class as Marked)[DEFINITION] : undefined
  if (definition === undefined) {
    throw new ActorModuleError(
      Class.name || "anonymous class",
      'it is not marked with @actor({ kind: "…", module: import.meta.url })',
    )
  }
  return definition
}
