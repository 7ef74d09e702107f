// RemoteWatchers — which other hosts watch actors that this host owns, and telling them of an end until they have heard.
// R1  A host that watches is told until it answers, or asks itself: what loses a notice on the way, as a restart of the bus, only
//     delays it (W5). One that is told twice has no such watch any more the second time.
// R2  Why the actors of this host have ended is known for a while: whoever watched one may have missed that, or joins it later.

import { setTimeout as pause } from "node:timers/promises"
import { type ExitReason, exitReason } from "../actor/exit-reason.js"
import { codeOf } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { type ActorId, hostId, type HostId, parseActorId } from "../ids.js"
import { type HostLoss, isHostLost } from "../transport/host-loss.js"
import { made, record } from "../wire/shape.js"
import { SetMap } from "./set-map.js"

/** How often a host that does not answer is told; one that comes back asks by itself what has become of what it watches. */
const TRIES = 30
const RETRY_MS = 1000

/** Of so many actors that have ended it is known why, the latest ones. */
const REMEMBERED = 1000

const watchShape = record({ id: made(parseActorId), host: made(hostId) })

/** Why an actor cannot be watched any more: it ended before anybody wanted to know. */
export const NO_SUCH_ACTOR: ExitReason = { type: "no-such-actor", known: "exit-event" }

/** What a host that wants to watch is answered: `watching`, or the reason of an end that it may have been told of already. */
export type WatchAnswer = "watching" | ExitReason

export class RemoteWatchers {
  readonly #runtime: HostRuntime
  readonly #watching = new SetMap<ActorId, HostId>()
  readonly #watched = new SetMap<HostId, ActorId>()
  /** What hosts have not heard yet, by host and actor. */
  readonly #untold = new Map<string, ExitReason>()
  /** How actors of this host have ended. */
  readonly #lately = new Map<ActorId, ExitReason>()
  #open = true

  /** `isHere` says whether an actor owned by this host has not ended for good. */
  constructor(runtime: HostRuntime, isHere: (id: ActorId) => boolean) {
    this.#runtime = runtime
    runtime.agent.serve("watch", watchShape, ({ id, host }): WatchAnswer => {
      if (!isHere(id)) return this.#untold.get(`${host} ${id}`) ?? NO_SUCH_ACTOR
      this.#watching.add(id, host)
      this.#watched.add(host, id)
      return "watching"
    })
    runtime.agent.serve("last-reason", record({ id: made(parseActorId) }), ({ id }) => this.#lately.get(id) ?? NO_SUCH_ACTOR)
    runtime.agent.serve("unwatch", watchShape, ({ id, host }) => this.#drop(id, host))
  }

  /** An actor of this host has ended for good. */
  terminated(id: ActorId, reason: ExitReason): void {
    this.#remember(id, reason)
    for (const host of this.#watching.get(id) ?? []) {
      this.#watched.delete(host, id)
      void this.#tell(host, id, reason)
    }
    this.#watching.take(id)
  }

  /** How an actor ended, as its owner knows. */
  async lastReason(owner: HostId, id: ActorId): Promise<ExitReason> {
    if (owner === this.#runtime.host) return this.#lately.get(id) ?? NO_SUCH_ACTOR
    return exitReason(await this.#runtime.askHost(owner, "last-reason", { input: { id } }), "")
  }

  /** A host is gone, and whoever watched in it or in a host that is lost with it. */
  hostDown(loss: HostLoss): void {
    for (const host of [...this.#watched.keys()]) {
      if (host !== loss.host && !isHostLost(loss, host)) continue
      for (const id of this.#watched.take(host)) this.#watching.delete(id, host)
    }
  }

  close(): void {
    this.#open = false
  }

  #remember(id: ActorId, reason: ExitReason): void {
    this.#lately.set(id, reason)
    const [oldest] = this.#lately.keys()
    if (this.#lately.size > REMEMBERED && oldest !== undefined) this.#lately.delete(oldest)
  }

  #drop(id: ActorId, host: HostId): void {
    this.#watching.delete(id, host)
    this.#watched.delete(host, id)
  }

  async #tell(host: HostId, id: ActorId, reason: ExitReason): Promise<void> {
    this.#untold.set(`${host} ${id}`, reason)
    await this.#tellUntilHeard(host, id, reason)
    this.#untold.delete(`${host} ${id}`)
  }

  async #tellUntilHeard(host: HostId, id: ActorId, reason: ExitReason): Promise<void> {
    for (let tries = 0; this.#open && tries < TRIES; tries++) {
      try {
        await this.#runtime.askHost(host, "terminated", { input: { id, reason } })
        return
      } catch (error) {
        // Hosts of this program that have ended, or this one does.
        if (["ERR_NO_ACTOR", "ERR_SHUT_DOWN", "ERR_UNENCODABLE"].includes(codeOf(error) ?? "")) return
      }
      await pause(RETRY_MS, undefined, { ref: false })
    }
  }
}
