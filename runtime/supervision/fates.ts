// Fates — whether an actor lives, and how it ended, for anyone who has its ref (promise P9).
// F1  A join settles once: with the reason of the end, at its time limit, or when its signal is aborted. It leaves no watch behind.
// F2  One that has ended before it was joined gives its reason while its owner still knows it, else `no-such-actor`.

import { setTimeout as pause } from "node:timers/promises"
import type { ActorRef, JoinOptions } from "../actor/actor-ref.js"
import { type CallOptionsRule, checkCallOptions } from "../actor/call-options.js"
import type { ExitReason } from "../actor/exit-reason.js"
import { CancelledError, codeOf, JoinTimedOutError } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import type { ActorId } from "../ids.js"
import { LongTimer } from "../time/long-timer.js"
import { made, record } from "../wire/shape.js"
import { parseActorId } from "../ids.js"
import { ownerOf, type Watches } from "./watches.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

export interface FatesParts {
  readonly runtime: HostRuntime
  readonly watches: Watches
  /** Whether an actor owned by this host has not ended for good. */
  readonly isHere: (id: ActorId) => boolean
  /** Keeps the program alive until that is settled. */
  readonly during: <T>(work: Promise<T>) => Promise<T>
}

const RULE: CallOptionsRule = {
  call: "join",
  known: ["timeoutMs", "signal"],
  timeoutMs: { accepts: (ms) => ms >= 0, expected: "a number of milliseconds, 0 or more" },
}
const RETRY_MS = 1000

export class Fates {
  readonly #parts: FatesParts

  constructor(parts: FatesParts) {
    this.#parts = parts
    parts.runtime.agent.serve("is-alive", record({ id: made(parseActorId) }), ({ id }) => parts.isHere(id))
  }

  /** Errors as of `ActorRef.join`. */
  async join(ref: ActorRef, options: JoinOptions = {}): Promise<ExitReason> {
    const { timeoutMs = Infinity, signal } = checkCallOptions(options, RULE)
    if (signal?.aborted === true) throw new CancelledError(`join ${ref.name}`, signal.reason)
    const { watches, during } = this.#parts
    const key = { name: "join" }
    let timer: LongTimer | undefined
    let aborted: (() => void) | undefined
    const ended = new Promise<ExitReason>((resolve, reject) => {
      watches.watch(key, ref, (_, reason) => resolve(reason))
      if (timeoutMs !== Infinity) timer = new LongTimer(timeoutMs, () => reject(new JoinTimedOutError(ref.name, timeoutMs)))
      aborted = () => reject(new CancelledError(`join ${ref.name}`, signal?.reason))
      onAbort(signal, aborted)
    })
    try {
      const reason = await during(ended)
      return reason.type === "no-such-actor" ? await watches.lastReason(ref.id) : reason
    } finally {
      timer?.cancel()
      if (aborted !== undefined) offAbort(signal, aborted)
      watches.unwatch(key, ref)
    }
  }

  /** While its owner cannot be reached, whether that is gone too is found out first. */
  async isAlive(ref: ActorRef): Promise<boolean> {
    const { runtime, watches, isHere, during } = this.#parts
    const owner = ownerOf(ref.id)
    if (owner === runtime.host) return isHere(ref.id)
    const key = { name: "isAlive" }
    const gone = new AbortController()
    watches.watch(key, ref, () => gone.abort())
    const asked = async (): Promise<boolean> => {
      while (!gone.signal.aborted) {
        try {
          return (await runtime.askHost(owner, "is-alive", { input: { id: ref.id } })) === true
        } catch (error) {
          if (codeOf(error) === "ERR_NO_ACTOR") return false
          await pause(RETRY_MS, undefined, { signal: gone.signal }).catch(() => undefined)
        }
      }
      return false
    }
    try {
      return await during(asked())
    } finally {
      watches.unwatch(key, ref)
    }
  }
}
