// Outcomes — what becomes of a message whose handler was called: each is counted once, and its asker told.
// Whether an error ends the life as well is judged here; ending it is the cell's.

import { MailboxFullError } from "../errors.js"
import { AnswerError } from "./answer-error.js"
import type { Delivery } from "./delivery.js"
import { errorOf, heeds } from "./giving-up.js"
import { Refusal, STASHED } from "./handling.js"
import type { Life } from "./life.js"
import { refuse, type Refusing } from "./refusals.js"

/** What came of a message. */
export interface Landing {
  readonly delivery: Delivery
  readonly value: unknown
  readonly stashed: boolean
}

/** Its handler came to an end. */
export function landed(cell: Refusing, life: Life, { delivery, value, stashed }: Landing): void {
  if (stashed || value === STASHED) stash(cell, life, delivery)
  else answer(cell, delivery, value)
}

/** Its handler threw, or never was called for it; whether that is to end the life. */
export function failed(cell: Refusing, life: Life, { delivery, thrown }: { delivery: Delivery; thrown: unknown }): boolean {
  const error = errorOf(thrown)
  const { books, around, name } = cell
  books.failed++
  if (error instanceof Refusal) {
    if (delivery.reply === undefined)
      around.logOf(name).warn(`a tell was refused: ${error.error.message}`, { handler: delivery.handler })
    else delivery.reply.fail(error.error)
    return false
  }
  life.stashing = false
  delivery.reply?.fail(error)
  if (!(error instanceof AnswerError)) return !gaveUp(life, delivery, error)
  if (delivery.reply === undefined)
    around.logOf(name).warn(`a tell failed: ${error.message}`, { handler: delivery.handler, code: error.code })
  return false
}

function answer({ books, around }: Refusing, { reply }: Delivery, value: unknown): void {
  // It is counted before it is told, for the answer may leave at once.
  books.handled++
  if (reply === undefined) return
  try {
    reply.answer(around.copy === undefined ? value : around.copy(value))
  } catch (error) {
    books.handled--
    books.failed++
    reply.fail(error)
  }
}

function stash(cell: Refusing, life: Life, delivery: Delivery): void {
  const { name, mailbox } = cell
  if (life.stash.length < mailbox.capacity) life.stash.push(delivery)
  else refuse(cell, delivery, { reason: "stash-full", error: new MailboxFullError(name, mailbox.capacity) })
}

/** Whether it was told to give up, by its caller or on the way to its actor's end, and did: that is no fault of the actor. */
function gaveUp(life: Life, { reply }: Delivery, error: Error): boolean {
  return (reply !== undefined && heeds(error, reply.signal)) || (life.cancelled && heeds(error, life.signal))
}
