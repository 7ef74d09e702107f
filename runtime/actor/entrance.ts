// Entrance — what becomes of a message that comes to an actor: it is admitted to the mailbox, or refused; and who waits for room.
// Owns whether the actor is closed for good. What is done with what came in is the cell's.

import { DiedBeforeStartError, NoActorError, StoppingError } from "../errors.js"
import { Delivery } from "./delivery.js"
import { describeExit, type ExitReason } from "./exit-reason.js"
import type { Life } from "./life.js"
import type { Refusals, Refusing } from "./refusals.js"
import { Room, type RoomCall } from "./room.js"

/** Whether an actor that has ended here may live again in another host. */
export type Next = "none" | "unknown"

/** What of a cell is needed. */
interface Entered extends Refusing {
  readonly life: Life | undefined
}

export class Entrance {
  readonly #cell: Entered
  readonly #refusals: Refusals
  #closed: { readonly reason: ExitReason; readonly next: Next } | undefined
  #room: Room | undefined

  constructor(cell: Entered, refusals: Refusals) {
    this.#cell = cell
    this.#refusals = refusals
  }

  /** Puts a message into the mailbox, or refuses it. Returns whether it, or one that came before it, waits to be handled. */
  admit(delivery: Delivery): boolean {
    const { life, around, mailbox, name } = this.#cell
    if (this.#closed !== undefined) return this.#late(delivery, this.#closed)
    if (life?.refusing === true && !life.ended) {
      this.#refusals.deadLetter(delivery, "stopping", new StoppingError(name, life.status))
      return false
    }
    let message = delivery
    if (around.copy !== undefined) {
      try {
        message = new Delivery(delivery.handler, around.copy(delivery.input), delivery.deadline, delivery.reply)
        message.arrival = delivery.arrival
      } catch (error) {
        this.#refusals.deadLetter(delivery, "unencodable", error)
        return false
      }
    }
    const admission = mailbox.admit(message)
    if (admission === "accepted") return true
    this.#refusals.overflow(admission === "refused" ? message : admission)
    return false
  }

  /**
   * Resolves with how many messages there is room for, in this life or in a next one (promise M6).
   * @throws {NoActorError} {StoppingError} when it takes no messages; DiedBeforeStartError when only its owner knows whether it will
   */
  room(call: RoomCall): Promise<number> {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
    return (this.#room ??= new Room(this.#cell.mailbox)).ask(call)
  }

  /** Messages were taken out, or none are taken in any more: serves those who wait for room. */
  serveRoom(): void {
    if (this.#room === undefined) return
    const refusal = this.#refusal()
    if (refusal === undefined) this.#room.look()
    else this.#room.close(refusal)
  }

  /** No further life will come here: what waits is refused and counted, unless its owner keeps it for the next incarnation. */
  close(reason: ExitReason, next: Next): void {
    if (this.#closed !== undefined) return
    this.#closed = { reason, next }
    const { mailbox, intake } = this.#cell
    for (const delivery of mailbox.clear())
      if (intake?.keeps(delivery) !== true) this.#refusals.died(delivery, describeExit(reason))
    this.serveRoom()
  }

  /** Why no messages are taken, when none are. */
  #refusal(): Error | undefined {
    const { life, name } = this.#cell
    if (this.#closed === undefined)
      return life?.refusing === true && !life.ended ? new StoppingError(name, life.status) : undefined
    const { reason, next } = this.#closed
    const why = describeExit(reason)
    return next === "unknown" ? new DiedBeforeStartError(name, why) : new NoActorError(name, `it ended: ${why}`)
  }

  /** A message that came after the last life here. */
  #late(delivery: Delivery, { reason, next }: { reason: ExitReason; next: Next }): false {
    const { intake, name } = this.#cell
    if (intake?.keeps(delivery) === true) return false
    const why = describeExit(reason)
    if (next === "unknown") this.#refusals.died(delivery, why)
    else this.#refusals.deadLetter(delivery, "no-such-actor", new NoActorError(name, `it ended: ${why}`))
    return false
  }
}
