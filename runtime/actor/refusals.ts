// Refusals — messages a cell does not handle: each is counted, answered with an error and published as a dead letter.

import { DiedBeforeStartError, DiedWhileHandlingError, MailboxFullError } from "../errors.js"
import type { ActorId } from "../ids.js"
import type { Account } from "./books.js"
import type { DeadLetter, Delivery } from "./delivery.js"
import type { Intake } from "./intake.js"
import type { Mailbox } from "./mailbox.js"
import type { Surroundings } from "./surroundings.js"

/** What of a cell is needed. */
export interface Refusing {
  readonly id: ActorId
  readonly name: string
  readonly books: Account
  readonly mailbox: Mailbox
  readonly intake: Intake | undefined
  readonly around: Surroundings
}

/** The mailbox was full, for this message or for an older one that it pushed out. */
export function refuseOverflow(cell: Refusing, delivery: Delivery): void {
  cell.books.dropped++
  delivery.reply?.fail(new MailboxFullError(cell.name, cell.mailbox.capacity))
  publish(cell, delivery, "mailbox-full")
}

/** Its deadline was over, or its caller had given up. */
export function refuseExpired(cell: Refusing, delivery: Delivery): void {
  cell.books.expired++
  publish(cell, delivery, "expired")
}

/** It waited for an actor that will not live again. What a handler had seen before it was stashed may have had effects. */
export function refuseForDead(cell: Refusing, delivery: Delivery, reason: string): void {
  const error = delivery.begun ? new DiedWhileHandlingError(cell.name, reason) : new DiedBeforeStartError(cell.name, reason)
  refuse(cell, delivery, { reason: "died", error })
}

/** Any other refusal. */
export function refuse(cell: Refusing, delivery: Delivery, why: { reason: DeadLetter["reason"]; error: unknown }): void {
  cell.books.deadLettered++
  delivery.reply?.fail(why.error)
  publish(cell, delivery, why.reason)
}

function publish({ around, id, name, intake }: Refusing, { handler, arrival }: Delivery, reason: DeadLetter["reason"]): void {
  intake?.settle(arrival)
  around.deadLetter({ actor: id, name, handler, reason })
}
