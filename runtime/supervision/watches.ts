// Watches — who is told when an actor has ended for good.
// Owns the watches of this host's actors and of its program. Which other hosts watch actors of this one is RemoteWatchers'.
// W1  A watch fires exactly once: whichever of unwatch, the watcher's end, the notice and the host's loss comes first takes it out.
// W2  A watch is of an id, which is never given again: it does not fire for a later actor of the same name.
// W3  The owner of an actor is asked until it answers or is known to be gone: one that is busy, or behind a bus that is away, has
//     not lost its actors.
// W4  A watch that stood fires with the reason of the end, also when its owner was away at that time or has ended itself: the owner,
//     or the host that started it, is asked then.
// W5  What a watcher throws is logged; it keeps nobody else from being told.

import { setTimeout as pause } from "node:timers/promises"
import type { ActorCell } from "../actor/actor-cell.js"
import type { ActorRef } from "../actor/actor-ref.js"
import { type ExitReason, exitReason, summarise } from "../actor/exit-reason.js"
import { codeOf } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { type ActorId, actorId, type HostId, hostOf, isHostRoot, parentHost, parseActorId } from "../ids.js"
import { type HostLoss, isActorLost } from "../transport/host-loss.js"
import { made, record } from "../wire/shape.js"
import { NO_SUCH_ACTOR, RemoteWatchers, type WatchAnswer } from "./remote-watchers.js"
import { SetMap } from "./set-map.js"

/** Someone here who watches, by a name for the log. */
export interface Watching {
  readonly name: string
}

/** Who finds out that another host is gone when nobody tells. */
export interface LookOut {
  /** Another host's word is waited for from now on. */
  wake(): void
  /** A host cannot be reached. */
  suspect(host: HostId): void
}

/** Called with what has ended, and why. */
export type Watcher = (ref: ActorRef, reason: ExitReason) => void

interface Watch {
  readonly ref: ActorRef
  readonly tell: Watcher
}

const RETRY_MS = 1000

/** The host that knows when an actor has ended for good: the one its host was started by, for a host's own actor. */
export function ownerOf(id: ActorId): HostId {
  const host = hostOf(id)
  return (isHostRoot(id) ? parentHost(host) : undefined) ?? host
}

export class Watches {
  readonly #runtime: HostRuntime
  readonly #isHere: (id: ActorId) => boolean
  readonly #remote: RemoteWatchers
  readonly #watches = new Map<ActorId, Map<Watching, Watch>>()
  readonly #byOwner = new SetMap<HostId, ActorId>()
  readonly #byWatcher = new SetMap<Watching, ActorId>()
  /** Notices that stand in a watcher's mailbox and are not handled yet. */
  readonly #queued = new SetMap<Watching, ActorId>()
  /** Watches whose owner is being asked. */
  readonly #asking = new Set<object>()
  /** Watches whose owner has said that the actor is there, or may have said so. */
  readonly #stood = new WeakSet<object>()
  readonly #lookOut: LookOut | undefined

  /** `isHere` says whether an actor owned by this host has not ended for good. */
  constructor(runtime: HostRuntime, isHere: (id: ActorId) => boolean, lookOut?: LookOut) {
    this.#runtime = runtime
    this.#isHere = isHere
    this.#lookOut = lookOut
    this.#remote = new RemoteWatchers(runtime, isHere)
    const notice = record({ id: made(parseActorId), reason: exitReason })
    runtime.agent.serve("terminated", notice, ({ id, reason }) => this.#fire(id, reason))
  }

  /** The hosts whose word on an end is waited for. */
  get owners(): IterableIterator<HostId> {
    return this.#byOwner.keys()
  }

  /** The hosts of all that is watched. */
  get hosts(): readonly HostId[] {
    return [...this.#watches.keys()].map(hostOf)
  }

  /** Has a cell's `onTerminated` called, in order with its messages. */
  watchFrom(watcher: ActorCell, ref: ActorRef): void {
    const life = watcher.life
    this.watch(watcher, ref, (target, reason) => {
      watcher.notify({
        valid: () => watcher.life === life && this.#queued.delete(watcher, target.id),
        run: () => terminated(watcher, target, reason),
      })
      this.#queued.add(watcher, target.id)
    })
  }

  /** Watches for anyone who can be told by a call. A second watch by the same `key` changes nothing. */
  watch(key: Watching, ref: ActorRef, tell: Watcher): void {
    const { id } = ref
    let watches = this.#watches.get(id)
    if (watches?.has(key) === true) return
    const owner = ownerOf(id)
    const first = watches === undefined
    if (watches === undefined) this.#watches.set(id, (watches = new Map<Watching, Watch>()))
    watches.set(key, { ref, tell })
    this.#byOwner.add(owner, id)
    this.#byWatcher.add(key, id)
    if (owner === this.#runtime.host) {
      if (!this.#isHere(id)) this.#fire(id, NO_SUCH_ACTOR)
    } else if (first) void this.#askOwner(owner, id)
  }

  /** Returns whether there was a watch, or a notice of it that is now not delivered. */
  unwatch(key: Watching, ref: ActorRef): boolean {
    const was = this.#drop(key, ref.id)
    return this.#queued.delete(key, ref.id) || was
  }

  /** Drops the watches of someone who has ended. */
  forget(key: Watching): void {
    for (const id of [...(this.#byWatcher.get(key) ?? [])]) this.#drop(key, id)
    this.#queued.take(key)
  }

  /** An actor of this host has ended for good. */
  terminated(id: ActorId, reason: ExitReason): void {
    this.#remote.terminated(id, reason)
    this.#fire(id, reason)
  }

  /** A host is gone with every actor in it, except that its own actor may be started again. */
  hostDown(loss: HostLoss, reason: ExitReason): void {
    for (const id of [...this.#watches.keys()]) {
      if (isActorLost(loss, id)) this.#fire(id, reason)
      // What it had started lives on: the incarnation after it is to tell of its end.
      else if (ownerOf(id) === loss.host && loss.host !== this.#runtime.host) void this.#askOwner(loss.host, id)
    }
    this.#remote.hostDown(loss)
  }

  /** How an actor ended that is not there any more, as far as its owner still knows. Never rejects. */
  lastReason(id: ActorId): Promise<ExitReason> {
    return this.#remote.lastReason(ownerOf(id), id).catch(() => NO_SUCH_ACTOR)
  }

  /** Asks every other owner anew: the bus was away, and what was told meanwhile may be lost. */
  askAgain(): void {
    for (const owner of [...this.#byOwner.keys()]) {
      if (owner === this.#runtime.host) continue
      for (const id of this.#byOwner.get(owner) ?? []) void this.#askOwner(owner, id)
    }
  }

  /** Nobody is told of anything any more. */
  close(): void {
    this.#watches.clear()
    this.#remote.close()
  }

  #drop(key: Watching, id: ActorId): boolean {
    const watches = this.#watches.get(id)
    if (watches?.delete(key) !== true) return false
    this.#byWatcher.delete(key, id)
    if (watches.size > 0) return true
    const owner = ownerOf(id)
    this.#watches.delete(id)
    this.#byOwner.delete(owner, id)
    if (owner !== this.#runtime.host) this.#runtime.tellHost(owner, "unwatch", { id, host: this.#runtime.host })
    return true
  }

  /** Asks until there is an answer, for as long as these very watches stand. */
  async #askOwner(owner: HostId, id: ActorId): Promise<void> {
    const watches = this.#watches.get(id)
    if (watches === undefined || this.#asking.has(watches)) return
    this.#asking.add(watches)
    this.#lookOut?.wake()
    let answer = await this.#ask(owner, id)
    // Of what was not answered nobody knows whether the watch stood before the actor ended.
    if (answer === "none") this.#stood.add(watches)
    while (answer === "none" && this.#watches.get(id) === watches) {
      await pause(RETRY_MS, undefined, { ref: false })
      if (this.#watches.get(id) === watches) answer = await this.#ask(owner, id)
    }
    this.#asking.delete(watches)
    if (this.#watches.get(id) !== watches) return
    if (answer === "watching") this.#stood.add(watches)
    else if (typeof answer === "object" && answer.type !== "no-such-actor") this.#fire(id, answer)
    else if (!this.#stood.has(watches)) this.#fire(id, NO_SUCH_ACTOR)
    else if (answer !== "ended") void this.#askAbout(id, watches, { at: owner, ended: id })
    else void this.#askAbout(id, watches, { at: parentHost(owner), ended: actorId(owner, 0) })
  }

  /** Fires with what ended an actor, or its owner, as the host knows that started it. */
  async #askAbout(id: ActorId, watches: object, { at, ended }: { at: HostId | undefined; ended: ActorId }): Promise<void> {
    const reason = at === undefined ? NO_SUCH_ACTOR : await this.#remote.lastReason(at, ended).catch(() => NO_SUCH_ACTOR)
    if (this.#watches.get(id) === watches) this.#fire(id, reason)
  }

  async #ask(owner: HostId, id: ActorId): Promise<WatchAnswer | "ended" | "none"> {
    try {
      const answer = await this.#runtime.askHost(owner, "watch", { input: { id, host: this.#runtime.host } })
      return answer === "watching" ? answer : exitReason(answer, "")
    } catch (error) {
      const code = codeOf(error)
      // A host that has ended for good.
      if (code === "ERR_NO_ACTOR") return "ended"
      if (code === "ERR_NOT_DELIVERED") this.#lookOut?.suspect(owner)
      return "none"
    }
  }

  #fire(id: ActorId, reason: ExitReason): void {
    const watches = this.#watches.get(id)
    if (watches === undefined) return
    this.#watches.delete(id)
    this.#byOwner.delete(ownerOf(id), id)
    for (const [key, { ref, tell }] of watches) {
      this.#byWatcher.delete(key, id)
      try {
        tell(ref, reason)
      } catch (error) {
        const { message, stack } = summarise(error)
        this.#runtime.log.error(`what ${key.name} does at the end of ${ref.name} threw: ${message}`, { stack })
      }
    }
  }
}

/** Tells a watcher; one that has no `onTerminated` ends with that reason (promise W4). */
function terminated(watcher: ActorCell, target: ActorRef, reason: ExitReason): unknown {
  const instance = watcher.life?.instance
  if (instance?.onTerminated !== undefined) return instance.onTerminated(target, reason)
  watcher.exit(reason)
  return undefined
}
