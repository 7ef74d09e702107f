// AnswerError — an error that is a handler's answer, not its death.

import { TroupeError } from "../errors.js"

/**
 * Thrown by a handler to answer with an error and go on. Anything else that a handler throws reaches the caller too, but ends
 * the incarnation, since its state can no longer be trusted; its supervisor decides what follows (promises A6, S9).
 */
export class AnswerError extends TroupeError {
  readonly code: string

  constructor(code: string, message: string, data: Record<string, unknown> = {}) {
    super(message, data)
    this.code = code
  }
}
