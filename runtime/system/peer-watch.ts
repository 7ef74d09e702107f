// PeerWatch — a host's look-out for the processes it waits for: with an ask under way, or with a watch.
// A program that dies by SIGKILL tells nobody, but the bus knows that it is not there any more.
// P1  Nothing is looked at while nothing is waited for, and a process once in a while only.
// P2  A process is lost when it was gone at each look for some time. A process host is given longer: its owner knows of its end, and
//     why, and tells.

import { type HostId, parentHost, processOf } from "../ids.js"
import type { LookOut } from "../supervision/watches.js"
import type { Presence } from "../transport/nats-presence.js"

const LOOK_MS = 1000
/** For how long a process is not there, by two looks at least, until it counts as lost. */
const LOST_MS = { program: LOOK_MS, processHost: 6 * LOOK_MS }
/** A timer that is early by a fraction must not cost another round. */
const TOLERANCE_MS = 50

export interface PeerWatchParts {
  readonly self: HostId
  /** The hosts that something is waited for from. */
  readonly waitedFor: () => Iterable<HostId>
  readonly look: (host: HostId) => Promise<Presence>
  readonly lost: (host: HostId) => void
}

export class PeerWatch implements LookOut {
  readonly #parts: PeerWatchParts
  readonly #goneSince = new Map<HostId, number>()
  #timer: NodeJS.Timeout | undefined
  #open = true

  constructor(parts: PeerWatchParts) {
    this.#parts = parts
  }

  /** Something is waited for from now on. Cheap when it is known already. */
  wake(): void {
    if (this.#timer !== undefined || !this.#open) return
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  /** A host could not be reached: it is looked at now, not at the next round. */
  suspect(host: HostId): void {
    this.wake()
    const peer = this.#peerOf(host)
    if (peer !== undefined && !this.#goneSince.has(peer)) void this.#lookAt(peer)
  }

  close(): void {
    this.#open = false
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    this.#timer = undefined
    const peers = new Set<HostId>()
    for (const host of this.#parts.waitedFor()) {
      const peer = this.#peerOf(host)
      if (peer !== undefined) peers.add(peer)
    }
    for (const peer of this.#goneSince.keys()) if (!peers.has(peer)) this.#goneSince.delete(peer)
    await Promise.all([...peers].map((peer) => this.#lookAt(peer)))
    if (peers.size > 0) this.wake()
  }

  async #lookAt(peer: HostId): Promise<void> {
    const presence = await this.#parts.look(peer)
    if (!this.#open) return
    if (presence !== "gone") {
      this.#goneSince.delete(peer)
      return
    }
    const now = performance.now()
    const since = this.#goneSince.get(peer) ?? now
    this.#goneSince.set(peer, since)
    const limit = parentHost(peer) === undefined ? LOST_MS.program : LOST_MS.processHost
    if (now - since < limit - TOLERANCE_MS) return
    this.#goneSince.delete(peer)
    this.#parts.lost(peer)
  }

  /** The process a host lives in, unless it is this one or below it: those are known at first hand. */
  #peerOf(host: HostId): HostId | undefined {
    const own = processOf(this.#parts.self)
    const peer = processOf(host)
    return peer === own || peer.startsWith(`${own}-`) ? undefined : peer
  }
}
