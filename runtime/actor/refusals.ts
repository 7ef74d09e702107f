// Refusals — messages a cell does not handle: each is counted, answered with an error and published as a dead letter.

import { DiedBeforeStartError, DiedWhileHandlingError, MailboxFullError } from "../errors.js"
import type { ActorId } from "../ids.js"
import type { Books } from "./books.js"
import type { DeadLetter, Delivery } from "./delivery.js"
import type { Intake } from "./intake.js"
import type { Mailbox } from "./mailbox.js"
import type { Surroundings } from "./surroundings.js"

/** What of a cell is needed. */
export interface Refusing {
  readonly id: ActorId
  readonly name: string
  readonly books: Books
  readonly mailbox: Mailbox
  readonly intake: Intake | undefined
  readonly around: Surroundings
}

export class Refusals {
  readonly #cell: Refusing

  constructor(cell: Refusing) {
    this.#cell = cell
  }

  /** The mailbox was full, for this message or for an older one that it pushed out. */
  overflow(delivery: Delivery): void {
    const { books, mailbox, name } = this.#cell
    books.dropped++
    delivery.reply?.fail(new MailboxFullError(name, mailbox.capacity))
    this.#publish(delivery, "mailbox-full")
  }

  /** Its deadline was over, or its caller had given up. */
  expired(delivery: Delivery): void {
    this.#cell.books.expired++
    this.#publish(delivery, "expired")
  }

  /** It waited for an actor that will not live again. What a handler had seen before it was stashed may have had effects. */
  died(delivery: Delivery, reason: string): void {
    const { name } = this.#cell
    const error = delivery.begun ? new DiedWhileHandlingError(name, reason) : new DiedBeforeStartError(name, reason)
    this.deadLetter(delivery, "died", error)
  }

  deadLetter(delivery: Delivery, reason: DeadLetter["reason"], error: unknown): void {
    this.#cell.books.deadLettered++
    delivery.reply?.fail(error)
    this.#publish(delivery, reason)
  }

  #publish({ handler, arrival }: Delivery, reason: DeadLetter["reason"]): void {
    const { around, id, name, intake } = this.#cell
    intake?.settle(arrival)
    around.deadLetter({ actor: id, name, handler, reason })
  }
}
