// Every error a caller can tell apart: one class and one stable code each, its data as fields.
// Compare codes, not classes: an error that came from another thread or process is a copy.
// docs/errors.md has a section for each code; a test checks that.

import { inspect } from "node:util"

/** An error with a stable code and data that survives a trip to another thread or process. */
export abstract class TroupeError extends Error {
  abstract readonly code: string
  /** What a program may want to look at, by name. */
  readonly data: Readonly<Record<string, unknown>>

  constructor(message: string, data: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.data = data
  }
}

/** The `code` of anything thrown, or undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : undefined
}

/** A value as error messages show it, cut to about a line. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 5 })
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

// ── What went wrong at the door ─────────────────────────────────────────────────────────────────────────────────

/** An option has a value it cannot have. */
export class BadOptionError extends TroupeError {
  readonly code = "ERR_BAD_OPTION"
  constructor(option: string, expected: string, got: unknown) {
    super(`${option}: expected ${expected}, got ${shown(got)}`, { option, expected })
  }
}

/** A name breaks the rules for names. */
export class BadNameError extends TroupeError {
  readonly code = "ERR_BAD_NAME"
  constructor(what: string, got: unknown) {
    super(`${what}: expected a letter, then letters, digits, "_" or "-", 64 at most; got ${shown(got)}`, { what })
  }
}

/** The configuration has an unknown key, a wrong type or an impossible value. */
export class BadConfigError extends TroupeError {
  readonly code = "ERR_BAD_CONFIG"
  /** A problem may name a source of its own, when several files, variables or flags are at fault at once. */
  constructor(source: string, problems: readonly { path: string; message: string; source?: string }[]) {
    const named = problems.map((p) => `${p.source === undefined ? "" : `${p.source}: `}${p.path || "(top)"}: ${p.message}`)
    super(`${source}: ${named.join("; ")}`, { source, problems })
  }
}

// ── What became of a message ────────────────────────────────────────────────────────────────────────────────────

/** There is no such actor (any more); the message was not delivered. */
export class NoActorError extends TroupeError {
  readonly code = "ERR_NO_ACTOR"
  constructor(actor: string, why = "there is no such actor") {
    super(`${actor}: ${why}; "troupe ps" lists the actors there are`, { actor })
  }
}

/** The message could not be handed to the actor's host; it was certainly not handled. */
export class NotDeliveredError extends TroupeError {
  readonly code = "ERR_NOT_DELIVERED"
  constructor(actor: string, why: string, cause?: unknown) {
    super(`${actor}: not delivered: ${why}`, { actor }, cause)
  }
}

/** The actor is draining or stopping and takes no new messages. */
export class StoppingError extends TroupeError {
  readonly code = "ERR_STOPPING"
  constructor(actor: string, status: string) {
    super(`${actor}: refused: it is ${status} and takes no new messages`, { actor, status })
  }
}

/** The mailbox is full and its policy refuses; the message was not handled. */
export class MailboxFullError extends TroupeError {
  readonly code = "ERR_MAILBOX_FULL"
  constructor(actor: string, capacity: number) {
    super(`${actor}: refused: its mailbox holds ${String(capacity)} messages; ask more slowly or raise mailbox.capacity`, {
      actor,
      capacity,
    })
  }
}

/** No method of that name is marked with `@handler`. */
export class NoHandlerError extends TroupeError {
  readonly code = "ERR_NO_HANDLER"
  constructor(actor: string, handler: string, handlers: readonly string[]) {
    super(`${actor} has no handler ${shown(handler)}; it has: ${handlers.join(", ") || "none"}`, { actor, handler, handlers })
  }
}

/** The message does not fit the handler's schema; the handler was not called. */
export class BadMessageError extends TroupeError {
  readonly code = "ERR_BAD_MESSAGE"
  constructor(actor: string, handler: string, issues: readonly { path: string; message: string }[]) {
    super(`${actor}.${handler}: bad message: ${issues.map((i) => `${i.path || "(top)"}: ${i.message}`).join("; ")}`, {
      actor,
      handler,
      issues,
    })
  }
}

/** The actor died before it began to handle the message; asking again is safe. */
export class DiedBeforeStartError extends TroupeError {
  readonly code = "ERR_DIED_BEFORE_START"
  constructor(actor: string, reason: string, cause?: unknown) {
    super(`${actor}: died (${reason}) before it began to handle the message`, { actor, reason }, cause)
  }
}

/** The actor died while it handled the message; what it had done by then stays done. */
export class DiedWhileHandlingError extends TroupeError {
  readonly code = "ERR_DIED_WHILE_HANDLING"
  constructor(actor: string, reason: string, cause?: unknown) {
    super(`${actor}: died (${reason}) while it handled the message`, { actor, reason }, cause)
  }
}

/** No answer within the deadline; whether the message was handled is unknown. */
export class TimedOutError extends TroupeError {
  readonly code = "ERR_TIMED_OUT"
  constructor(what: string, timeoutMs: number) {
    super(`${what}: no answer within ${String(timeoutMs)} ms; whether it was handled is unknown`, { what, timeoutMs })
  }
}

/** The caller's own signal was aborted. */
export class CancelledError extends TroupeError {
  readonly code = "ERR_CANCELLED"
  constructor(what: string, cause?: unknown) {
    super(`${what}: cancelled by the caller`, { what }, cause)
  }
}

/** The host of the actor cannot be reached any more; whether the message was handled is unknown. */
export class HostLostError extends TroupeError {
  readonly code = "ERR_HOST_LOST"
  constructor(actor: string, host: string, why: string) {
    super(`${actor}: its host ${host} was lost: ${why}; whether the message was handled is unknown`, { actor, host })
  }
}

/** The message is larger than its way allows. */
export class TooLargeError extends TroupeError {
  readonly code = "ERR_TOO_LARGE"
  constructor(what: string, size: number, limit: number) {
    super(`${what}: ${String(size)} bytes, and ${String(limit)} is the limit; pass a file path or smaller pieces`, {
      size,
      limit,
    })
  }
}

/** A value has no form that can leave its host: a function, a symbol, a handle. */
export class UnencodableError extends TroupeError {
  readonly code = "ERR_UNENCODABLE"
  constructor(path: string, what: string, cause?: unknown) {
    super(`${path || "the message"}: ${what} cannot be encoded; send data, or a ref`, { path, what }, cause)
  }
}

/** Bytes that should be a message are none: malformed JSON, truncated or hostile msgpack. */
export class UndecodableError extends TroupeError {
  readonly code = "ERR_UNDECODABLE"
  constructor(format: string, why: string, cause?: unknown) {
    super(`malformed ${format}: ${why}`, { format }, cause)
  }
}

// ── Starting, stopping, naming ──────────────────────────────────────────────────────────────────────────────────

/** Another actor has that name already. */
export class NameTakenError extends TroupeError {
  readonly code = "ERR_NAME_TAKEN"
  constructor(name: string, holder: string) {
    super(`${name}: the name is taken by ${holder}; choose another, or stop that one first`, { name, holder })
  }
}

/** No actor of that kind was found. */
export class NoKindError extends TroupeError {
  readonly code = "ERR_NO_KIND"
  constructor(kind: string, kinds: readonly string[], why = "there is no such kind") {
    super(`${kind}: ${why}; known kinds: ${kinds.join(", ") || "none"}`, { kind, kinds })
  }
}

/** A module that should hold actors cannot be used. */
export class ActorModuleError extends TroupeError {
  readonly code = "ERR_ACTOR_MODULE"
  constructor(file: string, why: string, cause?: unknown) {
    super(`${file}: ${why}`, { file }, cause)
  }
}

/** The actor did not come up: its import, constructor, `onStart` or host failed. */
export class StartFailedError extends TroupeError {
  readonly code = "ERR_START_FAILED"
  constructor(actor: string, stage: string, cause?: unknown) {
    super(
      `${actor}: failed to start (${stage}): ${cause instanceof Error ? cause.message : shown(cause)}`,
      { actor, stage },
      cause,
    )
  }
}

/** A supervisor could not start one of its children, and stopped those before it. */
export class ChildFailedError extends TroupeError {
  readonly code = "ERR_CHILD_FAILED"
  constructor(supervisor: string, child: string, cause: unknown) {
    super(
      `${supervisor}: its child "${child}" did not start: ${cause instanceof Error ? cause.message : shown(cause)}`,
      { supervisor, child },
      cause,
    )
  }
}

/** A supervisor has no child of that id. */
export class NoChildError extends TroupeError {
  readonly code = "ERR_NO_CHILD"
  constructor(supervisor: string, child: unknown, children: readonly string[]) {
    super(`${supervisor}: it has no child ${shown(child)}; its children: ${children.join(", ") || "none"}`, {
      supervisor,
      child,
      children,
    })
  }
}

/** The actor was not ready within its start deadline. */
export class StartTimedOutError extends TroupeError {
  readonly code = "ERR_START_TIMED_OUT"
  constructor(actor: string, timeoutMs: number) {
    super(`${actor}: not ready within ${String(timeoutMs)} ms; its host was ended`, { actor, timeoutMs })
  }
}

/** This actor cannot be killed where it runs. */
export class NotKillableError extends TroupeError {
  readonly code = "ERR_NOT_KILLABLE"
  constructor(actor: string) {
    super(
      `${actor}: it is inline and busy in a synchronous handler, which nothing can interrupt; spawn it with placement "thread" or "process" to be able to kill it`,
      {
        actor,
        placements: ["thread", "process"],
      },
    )
  }
}

/** The system has been shut down. */
export class ShutDownError extends TroupeError {
  readonly code = "ERR_SHUT_DOWN"
  constructor() {
    super("the actor system was shut down; start another with ActorSystem.start()")
  }
}

/** What was asked for needs a part that this system was started without. */
export class UnavailableError extends TroupeError {
  readonly code = "ERR_UNAVAILABLE"
  constructor(what: string, why: string, todo: string) {
    super(`${what}: ${why}; ${todo}`, { what })
  }
}

// ── The bus, pm2 and the node ───────────────────────────────────────────────────────────────────────────────────

/** No usable nats-server was found, and none could be fetched. */
export class NoNatsServerError extends TroupeError {
  readonly code = "ERR_NO_NATS_SERVER"
  constructor(tried: readonly string[], cause?: unknown) {
    super(
      `no nats-server to be had (${tried.join("; ")}). Ways to get one: put nats-server 2.10 or newer on the PATH, name it in NATS_SERVER_BIN, set bus.url to a server that runs, or connect to the npm registry once`,
      { tried },
      cause,
    )
  }
}

/** Nothing answers at the address of the bus. */
export class BusUnreachableError extends TroupeError {
  readonly code = "ERR_BUS_UNREACHABLE"
  constructor(url: string, cause?: unknown) {
    const why = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : ""
    super(`${url}: the bus cannot be reached${why}; "troupe up" starts it, "troupe doctor" says what is wrong`, { url }, cause)
  }
}

/** The bus refuses these credentials. */
export class BusRefusedError extends TroupeError {
  readonly code = "ERR_BUS_REFUSED"
  constructor(url: string, cause?: unknown) {
    super(`${url}: the bus refuses these credentials; check bus.user, bus.password, bus.token or bus.creds`, { url }, cause)
  }
}

/** The server at the bus's address is too old. */
export class BusTooOldError extends TroupeError {
  readonly code = "ERR_BUS_TOO_OLD"
  constructor(url: string, version: string, oldest: string) {
    super(`${url}: nats-server ${version} is too old; ${oldest} or newer is needed`, { url, version, oldest })
  }
}

/** The nats-server that we started ended by itself or never came up. */
export class BusFailedError extends TroupeError {
  readonly code = "ERR_BUS_FAILED"
  constructor(why: string, cause?: unknown) {
    super(`nats-server: ${why}`, {}, cause)
  }
}

/** The state directory cannot be used: not writable, not ours, or the disk is full. */
export class StateDirError extends TroupeError {
  readonly code = "ERR_STATE_DIR"
  constructor(path: string, why: string, cause?: unknown) {
    super(`${path}: ${why}; make it writable for this user, or choose another directory with TROUPE_STATE_DIR`, { path }, cause)
  }
}

/** No node answers on the bus. */
export class NodeUnreachableError extends TroupeError {
  readonly code = "ERR_NODE_UNREACHABLE"
  constructor(prefix: string, cause?: unknown) {
    super(`no node answers for prefix "${prefix}"; "troupe up" starts it`, { prefix }, cause)
  }
}

/** The node did not come up. */
export class NodeFailedError extends TroupeError {
  readonly code = "ERR_NODE_FAILED"
  constructor(why: string, cause?: unknown) {
    super(`the node did not come up: ${why}`, { why }, cause)
  }
}

/** pm2 refused or failed at something it was asked to do. */
export class Pm2Error extends TroupeError {
  readonly code = "ERR_PM2"
  constructor(what: string, cause?: unknown) {
    super(`pm2: ${what}${cause instanceof Error ? `: ${cause.message}` : ""}`, {}, cause)
  }
}

// ── The command line ────────────────────────────────────────────────────────────────────────────────────────────

/** The command line was used in a way it does not know. */
export class UsageError extends TroupeError {
  readonly code = "ERR_USAGE"
  constructor(what: string, todo: string) {
    super(`${what}; ${todo}`)
  }
}

/** An error reply, as it came over the bus: code, message and data are those of who answered. */
export class RemoteError extends TroupeError {
  readonly code: string
  readonly source: "actor" | "node"
  constructor(source: "actor" | "node", reply: { code: string; message: string; data: Record<string, unknown> }) {
    super(reply.message, reply.data)
    this.code = reply.code
    this.source = source
  }
}
