// Routes — the ways from this host to all others, and which incarnation of each is spoken to.
// Owns the transports and the routes. What the messages are is the router's business.
// R1  The incarnations of a host started here are told by whoever starts it. Those of any other host are asked of the host that
//     started it, which answers when it is ready, or are seen in what it sends.
// R2  Nobody started a program that could be asked: it is asked itself, whichever incarnation of it is there, and is known by its answer.

import { codeOf, NoActorError } from "../errors.js"
import { type ActorId, actorId, type HostId, parentHost } from "../ids.js"
import type { RefusalReason } from "../wire/envelope.js"
import { type HostLoss, isHostLost } from "./host-loss.js"
import { Lineage } from "./lineage.js"
import { type Held, Route } from "./route.js"
import type { Transport } from "./transport.js"

export interface RoutesParts {
  readonly self: HostId
  /** The incarnation of this host. */
  readonly incarnation: number
  /** Whether a host that was started here has not ended for good. */
  readonly isBelow: (host: HostId) => boolean
  /** Asks the host that started another for the number of its incarnation, once that is ready; of a program, whether it is there. */
  readonly locate: (host: HostId) => Promise<unknown>
  /** Called before a frame leaves. */
  readonly leaving: () => void
  /** Told of frames that did not leave. */
  readonly returned: (route: Route, held: Held, why: RefusalReason) => void
  /** The incarnation spoken to is dead, though nobody has told so. */
  readonly superseded: (route: Route) => void
}

/** Of so many hosts the lineage is kept; whose ids come from outside are without number. */
const LINEAGES = 1000
/** The owner of a host was busy, or itself restarted: it is asked again. */
const ASK_AGAIN = new Set(["ERR_TIMED_OUT", "ERR_DIED_BEFORE_START", "ERR_DIED_WHILE_HANDLING"])

/** How long an owner may take to notice that a host is gone, until it is asked again. */
const RETRY_MS = 25

interface Waiter {
  readonly resolve: (incarnation: number) => void
  readonly reject: (error: Error) => void
}

export class Routes {
  readonly #parts: RoutesParts
  readonly #routes = new Map<HostId, Route>()
  readonly #ways = new Map<HostId, Transport>()
  readonly #waiters = new Map<HostId, Waiter[]>()
  readonly #locating = new Set<HostId>()
  readonly #lineages = new Map<HostId, Lineage>()
  /** The way to all hosts that were not started here: the parent for a thread, the bus for a program. */
  fallback: Transport | undefined

  constructor(parts: RoutesParts) {
    this.#parts = parts
  }

  /** The route to a host, made when there is none. */
  to(host: HostId): Route {
    let route = this.#routes.get(host)
    if (route === undefined) {
      route = new Route(host, {
        self: this.#parts.self,
        incarnation: this.#parts.incarnation,
        isOurs: this.#isOurs(host),
        wayTo: (to) => this.wayTo(to),
        leaving: this.#parts.leaving,
        waits: (waiting) => this.#waits(waiting),
        returned: this.#parts.returned,
      })
      this.#routes.set(host, route)
    }
    return route
  }

  find(host: HostId): Route | undefined {
    return this.#routes.get(host)
  }

  // ── Hosts started here ──────────────────────────────────────────────────────────────────────────────────────────

  /** A host is being started. */
  expect(host: HostId, incarnation: number): void {
    this.to(host).expect(incarnation)
  }

  /** Sets the way to a host, and to every host below it. */
  attach(host: HostId, transport: Transport): void {
    this.#ways.set(host, transport)
  }

  /** A host started here is ready. */
  ready(host: HostId): void {
    const route = this.to(host)
    route.open(route.incarnation)
    for (const { resolve } of this.#takeWaiters(host)) resolve(route.incarnation)
  }

  /** A host started here has ended for good: what waits for it comes back. */
  detach(host: HostId): void {
    this.#ways.delete(host)
    const route = this.#routes.get(host)
    if (route !== undefined) this.forget(route, "ended")
    for (const { reject } of this.#takeWaiters(host)) reject(hasEnded(host))
  }

  /** The incarnation of a host started here, as soon as one is ready. Rejects with NoActorError when none will be. */
  located(host: HostId): Promise<number> {
    if (!this.#isOurs(host) || !this.#parts.isBelow(host)) return Promise.reject(hasEnded(host))
    const route = this.to(host)
    if (route.isOpen) return Promise.resolve(route.incarnation)
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(host) ?? []
      waiters.push({ resolve, reject })
      this.#waiters.set(host, waiters)
    })
  }

  // ── All hosts ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Something came from a host. Returns whether it was from an incarnation that is not known to be dead. */
  heard(host: HostId, incarnation: number): boolean {
    const route = this.to(host)
    if (route.isOurs) {
      if (incarnation === route.incarnation && route.isLost) route.open(incarnation)
      return incarnation === route.incarnation
    }
    if (incarnation < route.incarnation || incarnation <= route.dead) return false
    if (!route.isOpen || incarnation > route.incarnation) this.#open(route, incarnation)
    return true
  }

  /** All incarnations up to that one are dead; another is looked for when it is needed. */
  close(route: Route, dead: number): void {
    route.close(dead)
    if (this.#isOurs(route.host)) this.#ways.delete(route.host)
    else if (route.isIdle) this.#routes.delete(route.host)
    else this.#waits(route)
  }

  /** The incarnation spoken to is not where it was, and not known to be dead. */
  lose(route: Route): void {
    route.lose()
    if (!route.isIdle) this.#waits(route)
  }

  /** The routes to all hosts below one that are lost with it. */
  lostWith(loss: HostLoss): readonly Route[] {
    return [...this.#routes.values()].filter((route) => isHostLost(loss, route.host))
  }

  /** Gives back what waits for a host, because there is no way to it. */
  forget(route: Route, why: RefusalReason): void {
    if (why === "ended") this.#parts.superseded(route)
    // A program may come back, and then what had left for it is known to be lost.
    if (parentHost(route.host) !== undefined) this.#routes.delete(route.host)
    for (const held of route.giveUp()) this.#parts.returned(route, held, why)
  }

  /** The transport that leads to a host, if there is one. */
  wayTo(host: HostId): Transport | undefined {
    const { child, steps, mayFallBack } = this.#lineage(host)
    if (child !== undefined && !this.#parts.isBelow(child)) return undefined
    for (const step of steps) {
      const way = this.#ways.get(step)
      if (way !== undefined) return way
    }
    return mayFallBack ? this.fallback : undefined
  }

  /** That way leads nowhere any more. */
  forgetWay(host: HostId, transport: Transport): void {
    if (this.#ways.get(host) === transport) this.#ways.delete(host)
  }

  /** The host started here that another one is, or lives below; undefined when it is elsewhere. */
  childAbove(host: HostId): HostId | undefined {
    return this.#lineage(host).child
  }

  /** Whether a host was started here, or by one that was, and its line has ended for good. */
  hasEnded(host: HostId): boolean {
    const { child } = this.#lineage(host)
    return child !== undefined && !this.#parts.isBelow(child)
  }

  flush(): void {
    for (const { outbox } of this.#routes.values()) outbox.flush()
  }

  clear(): void {
    this.#ways.clear()
    this.fallback = undefined
  }

  /** That incarnation of a host that was not started here is spoken to from now on: what went to an earlier one is settled. */
  #open(route: Route, incarnation: number): void {
    if (route.incarnation > route.dead && incarnation > route.incarnation) this.#parts.superseded(route)
    route.open(incarnation)
  }

  #isOurs(host: HostId): boolean {
    return this.#lineage(host).parent === this.#parts.self
  }

  #lineage(host: HostId): Lineage {
    let lineage = this.#lineages.get(host)
    if (lineage === undefined) {
      if (this.#lineages.size >= LINEAGES) this.#lineages.clear()
      this.#lineages.set(host, (lineage = new Lineage(host, this.#parts.self)))
    }
    return lineage
  }

  #waits(route: Route): void {
    const { host } = route
    if (this.hasEnded(host)) this.forget(route, "ended")
    else if (!this.#isOurs(host) && !this.#locating.has(host)) void this.#locate(host)
  }

  /** Opens the route to a host as long as something waits for it; it may be forgotten and made again meanwhile. */
  async #locate(host: HostId): Promise<void> {
    const waiting = (): Route | undefined => {
      const route = this.#routes.get(host)
      return route === undefined || route.isOpen || route.isIdle ? undefined : route
    }
    this.#locating.add(host)
    while (waiting() !== undefined) {
      try {
        const incarnation = Number(await this.#parts.locate(host))
        // Its owner has not noticed yet that it is gone.
        if (waiting()?.isLost === true && waiting()?.incarnation === incarnation) await pause(RETRY_MS)
        const route = waiting()
        if (route !== undefined && incarnation > route.dead) this.#open(route, incarnation)
      } catch (error) {
        const code = codeOf(error) ?? ""
        const route = waiting()
        if (route !== undefined && !ASK_AGAIN.has(code)) this.forget(route, code === "ERR_NO_ACTOR" ? "ended" : "undeliverable")
      }
    }
    this.#locating.delete(host)
  }

  #takeWaiters(host: HostId): readonly Waiter[] {
    const waiters = this.#waiters.get(host) ?? []
    this.#waiters.delete(host)
    return waiters
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function hasEnded(host: HostId): NoActorError {
  return new NoActorError(actorId(host, 0) satisfies ActorId, "it has ended")
}
