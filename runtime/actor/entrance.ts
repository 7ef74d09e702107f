// Entrance — what becomes of a message that comes to an actor: it is admitted to the mailbox, or refused; and who waits for room.
// Owns whether the actor is closed for good. What is done with what came in is the cell's.
// E1  What few actors need is made when it is needed: there may be a million of them.

import { DiedBeforeStartError, NoActorError, StoppingError } from "../errors.js"
import { Delivery } from "./delivery.js"
import { describeExit, type ExitReason } from "./exit-reason.js"
import type { Life } from "./life.js"
import { refuse, refuseForDead, refuseOverflow, type Refusing } from "./refusals.js"
import { Room, type RoomCall } from "./room.js"

/** Whether an actor that has ended here may live again in another host. */
export type Next = "none" | "unknown"

interface Closed {
  readonly reason: ExitReason
  readonly next: Next
}

/** That no further life will come, and who waits for room: what most actors have neither of. */
export interface Gate {
  closed?: Closed
  room?: Room
}

/** What of a cell is needed. */
interface Entered extends Refusing {
  readonly life: Life | undefined
  gate: Gate | undefined
}

/** Puts a message into the mailbox, or refuses it. Returns whether it, or one that came before it, waits to be handled. */
export function admit(cell: Entered, delivery: Delivery): boolean {
  const { life, around, mailbox, name } = cell
  if (cell.gate?.closed !== undefined) return late(cell, delivery, cell.gate.closed)
  if (life?.refusing === true && !life.ended) {
    refuse(cell, delivery, { reason: "stopping", error: new StoppingError(name, life.status) })
    return false
  }
  let message = delivery
  if (around.copy !== undefined) {
    try {
      message = new Delivery(delivery.handler, around.copy(delivery.input), delivery.deadline, delivery.reply)
      message.arrival = delivery.arrival
    } catch (error) {
      refuse(cell, delivery, { reason: "unencodable", error })
      return false
    }
  }
  const admission = mailbox.admit(message)
  if (admission === "accepted") return true
  refuseOverflow(cell, admission === "refused" ? message : admission)
  return false
}

/**
 * Resolves with how many messages there is room for, in this life or in a next one (promise M6).
 * @throws {NoActorError} {StoppingError} when it takes no messages; DiedBeforeStartError when only its owner knows whether it will
 */
export function askRoom(cell: Entered, call: RoomCall): Promise<number> {
  const refusal = refusalOf(cell)
  if (refusal !== undefined) throw refusal
  const gate = (cell.gate ??= {})
  return (gate.room ??= new Room(cell.mailbox)).ask(call)
}

/** Messages were taken out, or none are taken in any more: serves those who wait for room. */
export function serveRoom(cell: Entered): void {
  const room = cell.gate?.room
  if (room === undefined) return
  const refusal = refusalOf(cell)
  if (refusal === undefined) room.look()
  else room.close(refusal)
}

/** No further life will come here: what waits is refused and counted, unless its owner keeps it for the next incarnation. */
export function close(cell: Entered, reason: ExitReason, next: Next): void {
  const gate = (cell.gate ??= {})
  if (gate.closed !== undefined) return
  gate.closed = { reason, next }
  const { mailbox, intake } = cell
  for (const delivery of mailbox.clear())
    if (intake?.keeps(delivery) !== true) refuseForDead(cell, delivery, describeExit(reason))
  serveRoom(cell)
}

/** Why no messages are taken, when none are. */
function refusalOf({ life, name, gate }: Entered): Error | undefined {
  if (gate?.closed === undefined) return life?.refusing === true && !life.ended ? new StoppingError(name, life.status) : undefined
  const { reason, next } = gate.closed
  const why = describeExit(reason)
  return next === "unknown" ? new DiedBeforeStartError(name, why) : new NoActorError(name, `it ended: ${why}`)
}

/** A message that came after the last life here. */
function late(cell: Entered, delivery: Delivery, { reason, next }: Closed): false {
  const { intake, name } = cell
  if (intake?.keeps(delivery) === true) return false
  const why = describeExit(reason)
  if (next === "unknown") refuseForDead(cell, delivery, why)
  else refuse(cell, delivery, { reason: "no-such-actor", error: new NoActorError(name, `it ended: ${why}`) })
  return false
}
