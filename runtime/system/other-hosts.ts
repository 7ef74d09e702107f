// OtherHosts — what this host hears of others: that one is gone, by its owner's word or because nobody serves it any more, and that
// the bus is back.
// H1  Of hosts started here, and of this one itself, it is known here first: what others say of them is not heeded.
// H2  That a host is gone for no known reason each host finds out for itself; it is not passed on.
// H3  This host and those below it are not gone with the one that started it, nor are the process hosts of a program that died, as
//     long as they are there: it may come back and adopt them.

import type { ActorId, HostId } from "../ids.js"
import { hostId, hostOf, isWithin, parentHost } from "../ids.js"
import { describeExit, exitReason, type ExitReason } from "../actor/exit-reason.js"
import type { EventBus } from "../events/event-bus.js"
import type { OwnEvents } from "../events/own-events.js"
import type { HostRuntime } from "../host/host-runtime.js"
import type { Child } from "../supervision/child.js"
import type { Links } from "../supervision/links.js"
import type { LookOut, Watches } from "../supervision/watches.js"
import type { HostLoss } from "../transport/host-loss.js"
import type { Presence } from "../transport/nats-presence.js"
import type { Fate } from "../transport/outstanding.js"
import { flag, listOf, made, mapOf, nothing, number, optional, record, type Shape } from "../wire/shape.js"
import { PeerWatch } from "./peer-watch.js"
import type { Registry } from "./registry.js"

/** What the bus says of other processes. */
export interface Peers {
  look(host: HostId): Promise<Presence>
  /** Has something called when the bus is back after it was away. */
  onReturn(returned: () => void): void
}

/** The parts of this host that are told. */
export interface Around {
  readonly runtime: HostRuntime
  readonly watches: Watches
  readonly links: Links
  readonly events: EventBus
  readonly registry: Registry
  readonly children: ReadonlyMap<ActorId, Child>
}

interface HostDown extends Fate {
  readonly host: HostId
  readonly reason: ExitReason
}

type Look = (host: HostId) => Promise<Presence>

const PROCESS = /-p[0-9a-z]+$/

/** Published to every host when one is gone. */
const TOPIC = "_host.down"
const NOBODY_SAID = "it is not on the bus any more, and nobody has said why"

const hostDown: Shape<HostDown> = record({
  host: made(hostId),
  reason: exitReason,
  incarnation: number,
  begun: optional(mapOf(number)),
  kept: optional(flag),
  spared: optional(listOf(made(hostId))),
})

export class OtherHosts {
  readonly #around: Around
  readonly #peerWatch: PeerWatch
  readonly #lostBefore = new Set<HostId>()

  /** `parent` is the host that started a thread: the thread sees the bus through it. */
  constructor(around: Around, parent: HostId | undefined, peers: Peers | undefined) {
    this.#around = around
    const { runtime } = around
    const look: Look = async (host) => {
      if (parent === undefined) return (await peers?.look(host)) ?? "unknown"
      const asked = runtime.askHost(parent, "look", { input: { host } })
      return asked.then(
        (presence) => presence as Presence,
        () => "unknown",
      )
    }
    this.#peerWatch = new PeerWatch({
      self: runtime.host,
      waitedFor: () => [...runtime.router.waitedFor, ...around.watches.owners],
      look,
      lost: (host) => void this.#lost(host, look),
    })
    runtime.router.onAsk = () => this.#peerWatch.wake()
    runtime.agent.serve("look", record({ host: made(hostId) }), ({ host }) => look(host))
    runtime.agent.serve("bus-returned", nothing, () => this.#busReturned())
    peers?.onReturn(() => this.#busReturned())
  }

  /** Who finds out about hosts that are gone without a word. */
  get lookOut(): LookOut {
    return this.#peerWatch
  }

  /** Begins to hear what other hosts say. */
  listen(): void {
    this.#around.events.subscribe({ name: "the runtime" }, TOPIC, (_, data) => this.#told(data))
  }

  /** A host that was started here, or this one, is gone: the others are told. */
  announce(own: OwnEvents, down: HostDown): void {
    own.publish(TOPIC, down)
  }

  /** A host is gone; what waits for it in the router is settled already. */
  gone(loss: HostLoss, reason: ExitReason): void {
    const { runtime, watches, links, events, registry } = this.#around
    watches.hostDown(loss, reason)
    links.hostDown(loss, reason)
    // What is kept of others besides is of hosts below this one, and those live on without the ones above.
    if (isWithin(runtime.host, loss.host)) return
    events.hostDown(loss.host)
    registry.hostDown(loss)
  }

  close(): void {
    this.#peerWatch.close()
  }

  #told(data: unknown): void {
    const { runtime } = this.#around
    let told: HostDown
    try {
      told = hostDown(data, "")
    } catch (error) {
      runtime.noteGarbage(error, `the topic ${TOPIC}`)
      return
    }
    const { host, reason, incarnation, begun, kept } = told
    if (host === runtime.host || runtime.isBelow(host)) return
    const spared = [...(told.spared ?? []), ...lineOf(runtime.host)]
    runtime.router.hostDown(host, describeExit(reason), { incarnation, begun, kept, spared })
    this.gone({ host, incarnation, spared }, reason)
  }

  async #lost(host: HostId, look: Look): Promise<void> {
    const { runtime } = this.#around
    const there = parentHost(host) === undefined ? await this.#thereBelow(host, look) : []
    if ((await look(host)) !== "gone") return
    // It is found to be lost again and again for as long as something is waited for that runs on without it.
    if (!this.#lostBefore.has(host)) runtime.log.warn(`${host} is lost: ${NOBODY_SAID}; what waited for it waits no longer`)
    if (there.length > 0) this.#lostBefore.add(host)
    else this.#lostBefore.delete(host)
    const loss: HostLoss = { host, incarnation: Infinity, spared: [...there, ...lineOf(runtime.host)] }
    runtime.router.hostLost(loss, NOBODY_SAID)
    this.gone(loss, { type: "host-lost", known: "missed-heartbeats" })
  }

  /** The process hosts of a program that something is waited for from, and that are not gone. */
  async #thereBelow(program: HostId, look: Look): Promise<readonly HostId[]> {
    const { runtime, watches, links } = this.#around
    const hosts = new Set<HostId>()
    for (const host of [...runtime.router.waitedFor, ...watches.hosts, ...links.hosts]) {
      const child = host.split("-", 2).join("-") as HostId
      if (parentHost(child) === program && PROCESS.test(child)) hosts.add(child)
    }
    const looks = [...hosts].map(async (host) => ((await look(host)) === "gone" ? [] : [host]))
    return (await Promise.all(looks)).flat()
  }

  /** What was told while the bus was away may be lost. */
  #busReturned(): void {
    const { runtime, watches, children } = this.#around
    watches.askAgain()
    for (const { hosted } of children.values())
      if (hosted.placement === "thread") runtime.tellHost(hostOf(hosted.id), "bus-returned", undefined)
  }
}

/** A host and all above it. */
function lineOf(host: HostId): readonly HostId[] {
  const parent = parentHost(host)
  return parent === undefined ? [host] : [...lineOf(parent), host]
}
