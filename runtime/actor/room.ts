// Room — who waits until an actor's mailbox has room (promise M6), and what was promised to whom.
// Owns the waiting and the promises. What is in the mailbox is the mailbox's, whether messages are taken at all the cell's.
// O1  Whoever is told that there is room for n has n places until it asks again, or PROMISE_MS have passed: what is in the mailbox and
//     what is promised are together never more than the capacity, as long as only those tell who were told that there is room.
// O2  Those who wait are served in the order they came; one that gave up is passed over.

import { BadOptionError, CancelledError } from "../errors.js"
import type { Mailbox } from "./mailbox.js"

/** How long places are kept for somebody who does not use them, nor asks again: it may have died. */
const PROMISE_MS = 1000

/** Who asks for how much room. */
export interface RoomCall {
  /** Whom places are promised to: a ref, and what came of it in which host. */
  readonly sender: string
  /** How many messages it is about to send. @default half of the capacity, rounded up */
  readonly messages: number | undefined
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal | undefined
}

interface Waiter {
  readonly sender: string
  readonly messages: number
  readonly resolve: (messages: number) => void
  readonly reject: (error: Error) => void
}

interface Promised {
  readonly messages: number
  readonly until: number
}

export class Room {
  readonly #mailbox: Mailbox
  readonly #promises = new Map<string, Promised>()
  #waiting: Waiter[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox
  }

  /** Resolves with how many messages there is room for. @throws {BadOptionError} for more than there ever will be */
  ask({ sender, messages, signal }: RoomCall): Promise<number> {
    const { capacity } = this.#mailbox
    const wanted = messages ?? Math.ceil(capacity / 2)
    if (!(Number.isSafeInteger(wanted) && wanted > 0 && wanted <= capacity))
      throw new BadOptionError(
        "messages",
        `a whole number from 1 to ${String(capacity)}, which is what the mailbox holds`,
        wanted,
      )
    // It has used what it was promised, or does without.
    this.#promises.delete(sender)
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { sender, messages: wanted, resolve, reject }
      this.#waiting.push(waiter)
      this.look()
      signal?.addEventListener("abort", () => this.#giveUp(waiter), { once: true })
    })
  }

  /** Serves those who wait, as far as there is room now. */
  look(): void {
    if (this.#waiting.length === 0) return
    const now = performance.now()
    let taken = this.#mailbox.messages + this.#promised(now)
    let served = 0
    for (const { sender, messages, resolve } of this.#waiting) {
      if (taken + messages > this.#mailbox.capacity) break
      served++
      taken += messages
      this.#promises.set(sender, { messages, until: now + PROMISE_MS })
      resolve(messages)
    }
    this.#waiting.splice(0, served)
    this.#lookLater(now)
  }

  /** Nobody is served any more. */
  close(error: Error): void {
    clearTimeout(this.#timer)
    this.#promises.clear()
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  #promised(now: number): number {
    let messages = 0
    for (const [sender, promised] of this.#promises) {
      if (promised.until <= now) this.#promises.delete(sender)
      else messages += promised.messages
    }
    return messages
  }

  /** A promise that is not used frees its places by its time alone. */
  #lookLater(now: number): void {
    clearTimeout(this.#timer)
    if (this.#waiting.length === 0 || this.#promises.size === 0) return
    const next = Math.min(...[...this.#promises.values()].map(({ until }) => until))
    this.#timer = setTimeout(() => this.look(), Math.max(1, next - now))
    this.#timer.unref()
  }

  #giveUp(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    waiter.reject(new CancelledError("room"))
    this.look()
  }
}
