// Rooms — waiting until there is room for more messages to an actor, for anyone with its ref (promise M6).
// The question travels behind all that was told by this ref's host before, and is answered by the actor's host, not by its handlers.
// O1  It settles: with room, with the end of the actor, at its time limit, or when its signal is aborted.
// O2  What is lost on the way, as with a host that died or a bus that was started again, is asked again: asking changes nothing.

import { setTimeout as pause } from "node:timers/promises"
import type { ActorRef, RoomOptions } from "../actor/actor-ref.js"
import { type CallOptionsRule, checkCallOptions } from "../actor/call-options.js"
import { BadOptionError, CancelledError, codeOf, NoActorError, TimedOutError } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { hostOf } from "../ids.js"
import { LongTimer } from "../time/long-timer.js"
import type { Watches } from "./watches.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

export interface RoomsParts {
  readonly runtime: HostRuntime
  readonly watches: Watches
  /** Keeps the program alive until that is settled. */
  readonly during: <T>(work: Promise<T>) => Promise<T>
}

const RULE: CallOptionsRule = {
  call: "room",
  known: ["messages", "timeoutMs", "signal"],
  timeoutMs: { accepts: (ms) => ms > 0, expected: "a number of milliseconds above 0" },
}
/** An answer that is lost is missed after so long. */
const TURN_MS = 10_000
const RETRY_MS = 50
/** After these it may be asked again. */
const PASSING: ReadonlySet<string | undefined> = new Set([
  "ERR_TIMED_OUT",
  "ERR_DIED_BEFORE_START",
  "ERR_DIED_WHILE_HANDLING",
  "ERR_NOT_DELIVERED",
  "ERR_HOST_LOST",
])

export class Rooms {
  readonly #parts: RoomsParts
  readonly #senders = new WeakMap<ActorRef, string>()
  #refs = 0

  constructor(parts: RoomsParts) {
    this.#parts = parts
  }

  /** Errors as of `ActorRef.room`. */
  async room(ref: ActorRef, options: RoomOptions = {}): Promise<number> {
    const { messages, timeoutMs = Infinity, signal } = checked(options)
    const what = `room of ${ref.name}`
    if (signal?.aborted === true) throw new CancelledError(what, signal.reason)
    // Not AbortSignal.any: what that makes of a signal that lives long is kept for as long.
    const over = new AbortController()
    const cancel = (): void => over.abort(new CancelledError(what, signal?.reason))
    onAbort(signal, cancel)
    const timer =
      timeoutMs === Infinity ? undefined : new LongTimer(timeoutMs, () => over.abort(new TimedOutError(what, timeoutMs)))
    try {
      return await this.#parts.during(this.#ask(ref, messages, over))
    } finally {
      timer?.cancel()
      offAbort(signal, cancel)
    }
  }

  /** Asks until there is an answer; from the first failure on, the end of the actor is looked out for as well. */
  async #ask(ref: ActorRef, messages: number | undefined, over: AbortController): Promise<number> {
    const { runtime, watches } = this.#parts
    const key = { name: "room" }
    const { signal } = over
    const input = { id: ref.id, messages, sender: this.#senderOf(ref) }
    let isWatched = false
    try {
      for (;;) {
        try {
          return (await runtime.askHost(hostOf(ref.id), "room", { input, timeoutMs: TURN_MS, signal })) as number
        } catch (error) {
          if (signal.aborted) throw signal.reason as Error
          if (codeOf(error) === "ERR_NO_ACTOR") throw ended(ref)
          if (!PASSING.has(codeOf(error))) throw error
        }
        if (!isWatched) watches.watch(key, ref, () => over.abort(ended(ref)))
        isWatched = true
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined)
      }
    } finally {
      if (isWatched) watches.unwatch(key, ref)
    }
  }

  #senderOf(ref: ActorRef): string {
    let sender = this.#senders.get(ref)
    if (sender === undefined) {
      sender = `${this.#parts.runtime.asker}/${String(++this.#refs)}`
      this.#senders.set(ref, sender)
    }
    return sender
  }
}

function ended(ref: ActorRef): Error {
  return new NoActorError(ref.name, "it has ended")
}

function checked(options: RoomOptions): RoomOptions {
  const { messages } = checkCallOptions(options, RULE)
  if (messages !== undefined && !(Number.isSafeInteger(messages) && messages > 0))
    throw new BadOptionError("messages", "a whole number of messages, 1 or more", messages)
  return options
}
