// What became of a message.

import { shown, TroupeError } from "./troupe-error.js"

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
  /** `limit`: in bytes, and what to do instead where that is more than to send less. */
  constructor(what: string, size: number, limit: number | { readonly bytes: number; readonly instead: string }) {
    const { bytes, instead } = typeof limit === "number" ? { bytes: limit, instead: "pass a file path or smaller pieces" } : limit
    super(`${what}: ${String(size)} bytes, and ${String(bytes)} is the limit; ${instead}`, { size, limit: bytes })
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
