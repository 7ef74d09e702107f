// Watches — who is told when an actor has ended for good.
// Owns the watches of this host's actors, and which other hosts watch actors that this host owns.
// W1  A watch fires exactly once: whichever of unwatch, the watcher's end, the notice and the host's loss comes first takes it out.
// W2  A watch is of an id, which is never given again: it does not fire for a later actor of the same name.

import type { ActorCell } from "../actor/actor-cell.js"
import type { ActorRef } from "../actor/actor-ref.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { type HostLoss, isActorLost } from "../transport/host-loss.js"
import { type ActorId, type HostId, hostOf, isHostRoot, parentHost } from "../ids.js"

/** Someone here who watches. */
export type Watcher = (ref: ActorRef, reason: ExitReason) => void

interface Watch {
  readonly ref: ActorRef
  readonly tell: Watcher
}

const NO_SUCH_ACTOR: ExitReason = { type: "no-such-actor", known: "exit-event" }

/** The host that knows when an actor has ended for good: the one its host was started by, for a host's own actor. */
export function ownerOf(id: ActorId): HostId {
  const host = hostOf(id)
  return (isHostRoot(id) ? parentHost(host) : undefined) ?? host
}

export class Watches {
  readonly #runtime: HostRuntime
  readonly #isHere: (id: ActorId) => boolean
  readonly #watches = new Map<ActorId, Map<object, Watch>>()
  readonly #remoteWatchers = new Map<ActorId, Set<HostId>>()

  /** `isHere` says whether an actor owned by this host has not ended for good. */
  constructor(runtime: HostRuntime, isHere: (id: ActorId) => boolean) {
    this.#runtime = runtime
    this.#isHere = isHere
    runtime.agent.serve<{ id: ActorId; host: HostId }>("watch", ({ id, host }) => this.#watchedFrom(host, id))
    runtime.agent.serve<{ id: ActorId; host: HostId }>("unwatch", ({ id, host }) => this.#remoteWatchers.get(id)?.delete(host))
    runtime.agent.serve<{ id: ActorId; reason: ExitReason }>("terminated", ({ id, reason }) => this.#fire(id, reason))
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
  watch(key: object, ref: ActorRef, tell: Watcher): void {
    let watches = this.#watches.get(ref.id)
    if (watches?.has(key) === true) return
    const first = watches === undefined
    if (watches === undefined) this.#watches.set(ref.id, (watches = new Map<object, Watch>()))
    watches.set(key, { ref, tell })
    const owner = ownerOf(ref.id)
    if (owner === this.#runtime.host) {
      if (!this.#isHere(ref.id)) this.#fire(ref.id, NO_SUCH_ACTOR)
    } else if (first) this.#askOwner(owner, ref.id)
  }

  /** Returns whether there was a watch, or a notice of it that is now not delivered. */
  unwatch(key: object, ref: ActorRef): boolean {
    const watches = this.#watches.get(ref.id)
    const was = watches?.delete(key) === true
    if (was && watches.size === 0) {
      this.#watches.delete(ref.id)
      const owner = ownerOf(ref.id)
      if (owner !== this.#runtime.host) this.#runtime.tellHost(owner, "unwatch", { id: ref.id, host: this.#runtime.host })
    }
    return this.#queued.delete(key, ref.id) || was
  }

  /** Drops the watches of someone who has ended. */
  forget(key: object): void {
    for (const watches of this.#watches.values()) {
      const watch = watches.get(key)
      if (watch !== undefined) this.unwatch(key, watch.ref)
    }
    this.#queued.forget(key)
  }

  /** An actor of this host has ended for good. */
  terminated(id: ActorId, reason: ExitReason): void {
    for (const host of this.#remoteWatchers.get(id) ?? []) this.#runtime.tellHost(host, "terminated", { id, reason })
    this.#remoteWatchers.delete(id)
    this.#fire(id, reason)
  }

  /** A host is gone with every actor in it, except that its own actor may be started again. */
  hostDown(loss: HostLoss, reason: ExitReason): void {
    const { host, spared } = loss
    for (const id of [...this.#watches.keys()]) {
      if (isActorLost(loss, id)) this.#fire(id, reason)
      // What it had started lives on: the incarnation after it is to tell of its end.
      else if (spared !== undefined && ownerOf(id) === host && host !== this.#runtime.host) this.#askOwner(host, id)
    }
    for (const watchers of this.#remoteWatchers.values()) watchers.delete(host)
  }

  readonly #queued = new QueuedNotices()

  #askOwner(owner: HostId, id: ActorId): void {
    this.#runtime.askHost(owner, "watch", { input: { id, host: this.#runtime.host } }).catch(() => {
      this.#fire(id, { type: "host-lost", known: "missed-heartbeats" })
    })
  }

  #watchedFrom(host: HostId, id: ActorId): void {
    if (!this.#isHere(id)) {
      this.#runtime.tellHost(host, "terminated", { id, reason: NO_SUCH_ACTOR })
      return
    }
    const hosts = this.#remoteWatchers.get(id)
    if (hosts === undefined) this.#remoteWatchers.set(id, new Set([host]))
    else hosts.add(host)
  }

  #fire(id: ActorId, reason: ExitReason): void {
    const watches = this.#watches.get(id)
    this.#watches.delete(id)
    for (const { ref, tell } of watches?.values() ?? []) tell(ref, reason)
  }
}

/** Tells a watcher; one that has no `onTerminated` ends with that reason (promise W4). */
function terminated(watcher: ActorCell, target: ActorRef, reason: ExitReason): unknown {
  const instance = watcher.life?.instance
  if (instance?.onTerminated !== undefined) return instance.onTerminated(target, reason)
  watcher.exit(reason)
  return undefined
}

/** Notices that stand in a watcher's mailbox and are not handled yet. */
class QueuedNotices {
  readonly #byWatcher = new Map<object, Set<ActorId>>()

  add(key: object, id: ActorId): void {
    const ids = this.#byWatcher.get(key)
    if (ids === undefined) this.#byWatcher.set(key, new Set([id]))
    else ids.add(id)
  }

  delete(key: object, id: ActorId): boolean {
    const ids = this.#byWatcher.get(key)
    const was = ids?.delete(id) === true
    if (was && ids.size === 0) this.#byWatcher.delete(key)
    return was
  }

  forget(key: object): void {
    this.#byWatcher.delete(key)
  }
}
