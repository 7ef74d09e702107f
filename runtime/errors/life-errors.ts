// Starting, stopping and naming actors.

import { shown, TroupeError } from "./troupe-error.js"

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

/** An actor that was joined has not ended in time. */
export class JoinTimedOutError extends TroupeError {
  readonly code = "ERR_JOIN_TIMED_OUT"
  constructor(actor: string, timeoutMs: number) {
    super(`${actor}: it has not ended within ${String(timeoutMs)} ms, and goes on; stop it, or wait longer`, { actor, timeoutMs })
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
