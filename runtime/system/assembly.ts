// Assembly — the parts of one host put together: what a program and a child host have in common.
// Both composition roots (actor-system, child-host) build on it.

import type { ActorCell } from "../actor/actor-cell.js"
import { describeExit, type ExitReason, isOrderly } from "../actor/exit-reason.js"
import type { Above, Placement } from "../actor/surroundings.js"
import { EventBus, type EventCarrier } from "../events/event-bus.js"
import { OwnEvents } from "../events/own-events.js"
import type { ActorHost } from "../host/actor-host.js"
import { HostRuntime, type HostSettings } from "../host/host-runtime.js"
import { endProcessesBelow, endProcessesOf } from "../host/processes-below.js"
import { actorId, type ActorId, type HostId, hostOf, isHostRoot } from "../ids.js"
import type { Child, Happened } from "../supervision/child.js"
import { ChildGroup, type GroupParts, type Parent } from "../supervision/child-group.js"
import { SUPERVISOR_KIND, type SupervisorSpec } from "../supervision/child-spec.js"
import type { LadderBudgets } from "../supervision/death-ladder.js"
import type { IntensityOptions } from "../actor/intensity-options.js"
import { Fates } from "../supervision/fates.js"
import { Links } from "../supervision/links.js"
import { Rooms } from "../supervision/rooms.js"
import { Watches } from "../supervision/watches.js"
import type { NatsNames } from "../transport/nats-names.js"
import type { NatsEndpoints } from "../transport/nats-endpoints.js"
import { encodeError } from "../wire/error-codec.js"
import { DeadLetters } from "./dead-letters.js"
import { DeathRecords } from "./death-records.js"
import { enumerateActors } from "./enumeration.js"
import type { Injection } from "./injection.js"
import { definitionOfKind } from "./kinds.js"
import { KeepAlive } from "./keep-alive.js"
import { Log, type LogOptions } from "./log.js"
import { OtherHosts, type Peers } from "./other-hosts.js"
import { Registry } from "./registry.js"

export interface AssemblyParts {
  readonly settings: HostSettings
  readonly injection: Injection
  readonly log: LogOptions
  readonly budgets: LadderBudgets
  readonly intensity: IntensityOptions
  /** The host that started this one, for a thread. */
  readonly parent: HostId | undefined
}

/** What reaches beyond this process; none for a thread, or for a program without a bus. */
export interface Beyond {
  readonly carrier: EventCarrier | undefined
  readonly peers: Peers | undefined
  readonly names: NatsNames | undefined
  readonly services: NatsEndpoints | undefined
}

/** Why actors end that go with a node which died. */
const NODE_LOST: ExitReason = { type: "host-lost", known: "exit-event" }

export class Assembly {
  readonly runtime: HostRuntime
  readonly log: Log
  readonly events: EventBus
  readonly watches: Watches
  readonly links: Links
  readonly registry: Registry
  readonly deadLetters: DeadLetters
  readonly deaths = new DeathRecords()
  readonly keepAlive = new KeepAlive()
  readonly children = new Map<ActorId, Child>()
  readonly root: ChildGroup
  readonly #own: OwnEvents
  readonly #fates: Fates
  readonly #rooms: Rooms
  readonly #others: OtherHosts
  readonly #groupParts: GroupParts
  readonly #groups = new WeakMap<ActorCell, ChildGroup>()
  readonly startedAt = Date.now()

  constructor(
    parts: AssemblyParts,
    connect: (runtime: HostRuntime) => Beyond,
    hosts: (runtime: HostRuntime) => Readonly<Record<Placement, ActorHost>>,
  ) {
    this.log = new Log(parts.log)
    const { log } = this
    const above: Above = {
      prepare: (definition) => parts.injection.prepare(definition),
      instantiate: (definition, args) => parts.injection.instantiate(definition, args),
      familyOf: (cell) => {
        const group = new ChildGroup(this.#groupParts, parentOf(cell))
        this.#groups.set(cell, group)
        return group
      },
      logOf: (name) => log.of(name),
      deadLetter: (letter) => this.deadLetters.add(letter),
      watch: (watcher, target) => this.watches.watchFrom(watcher, target),
      unwatch: (watcher, target) => this.watches.unwatch(watcher, target),
      link: (cell, partner) => this.links.link(cell, partner),
      unlink: (cell, partner) => this.links.unlink(cell, partner),
      forget: (cell, reason) => {
        this.links.ended(cell, reason)
        this.watches.forget(cell)
        this.events.forget(cell)
      },
      publish: (topic, data) => this.events.publish(topic, data),
      subscribe: (cell, pattern, deliver) => this.events.subscribe(cell, pattern, deliver),
      lookup: (name) => this.registry.lookup(name),
      join: (ref, options) => this.#fates.join(ref, options),
      isAlive: (ref) => this.#fates.isAlive(ref),
      room: (ref, options) => this.#rooms.room(ref, options),
      enumerate: () => enumerateActors(this),
      hostDown: (host, reason, fate) => {
        this.#others.gone({ host, ...fate }, reason)
        this.#others.announce(this.#own, { host, reason: short(reason), ...fate })
      },
    }
    this.runtime = new HostRuntime(parts.settings, () => above)
    const { runtime } = this
    const beyond = connect(runtime)
    this.events = new EventBus(runtime, { parent: parts.parent, carrier: beyond.carrier })
    this.#others = new OtherHosts(this, parts.parent, beyond.peers)
    const isHere = (id: ActorId): boolean => this.children.has(id) || (isHostRoot(id) && runtime.estate.has(hostOf(id)))
    this.watches = new Watches(runtime, isHere, this.#others.lookOut)
    const asking = { runtime, watches: this.watches, during: <T>(work: Promise<T>) => this.keepAlive.during(work) }
    this.#fates = new Fates({ ...asking, isHere })
    this.#rooms = new Rooms(asking)
    this.links = new Links(runtime)
    this.registry = new Registry({ runtime, parent: parts.parent, names: beyond.names, services: beyond.services })
    this.#own = new OwnEvents(this.events, log.of("events"))
    this.deadLetters = new DeadLetters((topic, data) => this.#own.publish(topic, data), log.of("dead-letters"))
    this.#groupParts = {
      runtime,
      hosts: hosts(runtime),
      names: this.registry,
      budgets: parts.budgets,
      intensity: parts.intensity,
      defaults: parts.settings.inherited.defaults,
      children: this.children,
      definitionOf: (kind, module) => definitionOfKind(kind, module, parts.settings.inherited.modules),
      retired: (child, reason) => this.watches.terminated(child.hosted.id, reason),
      lived: (child, happened) => this.#lived(child, happened),
      keepAlive: this.keepAlive,
      plain: { startTimeoutMs: parts.settings.inherited.defaults.startTimeoutMs },
      mailboxes: new WeakMap(),
    }
    this.root = new ChildGroup(this.#groupParts)
    this.#others.listen()
  }

  /** The children of an actor of this host, once it has had any. */
  groupOf(id: ActorId): ChildGroup | undefined {
    const cell = this.runtime.cell(id)
    return cell === undefined ? undefined : this.#groups.get(cell)
  }

  /** Tells every other host that this program leaves, so that nobody waits for its actors. */
  leave(): void {
    this.#others.close()
    this.watches.close()
    const reason: ExitReason = { type: "shutdown", known: "requested" }
    const { host, incarnation } = this.runtime.settings
    this.#others.announce(this.#own, { host, reason, incarnation, begun: {} })
  }

  /** Tells every other host that the incarnation before this one is gone, except for what it has left running. */
  comeBack(): void {
    const { host, incarnation } = this.runtime.settings
    const spared = this.runtime.estate.unclaimed.map((heir) => heir.host)
    this.#others.announce(this.#own, { host, incarnation: incarnation - 1, reason: NODE_LOST, begun: undefined, spared })
  }

  /** Ends what a former incarnation has left running and nobody has claimed, and has everyone told. Returns who they were. */
  async endUnclaimed(): Promise<readonly string[]> {
    const { estate, router, settings } = this.runtime
    const ended = estate.unclaimed
    for (const { host, incarnation, path, file } of ended) {
      await endProcessesOf(path, settings.inherited)
      await endProcessesBelow(host, settings.inherited)
      this.runtime.hostDown(host, NODE_LOST, { incarnation, begun: undefined })
      estate.forget(host)
      router.routes.detach(host)
      this.watches.terminated(actorId(host, 0), NODE_LOST)
      this.log.of("node").warn("a process that is not wanted any more was ended", { actor: file.name ?? host })
    }
    return ended.map(({ host, file }) => file.name ?? host)
  }

  #lived(child: Child, { event, reason, thrown, lastMessage, silence }: Happened): void {
    const { name, id } = child.ref
    if (event === "unresponsive") this.log.of(name).warn("does not respond", { ...silence })
    if (event === "responsive") this.log.of(name).info("responds again")
    if (reason !== undefined && !isOrderly(reason)) {
      this.deaths.add(id, name, {
        at: new Date().toISOString(),
        incarnation: child.restarts + 1,
        reason,
        ...(lastMessage === undefined ? {} : { lastMessage }),
        ...stackOf(reason),
      })
      const level = reason.type === "killed" ? "info" : "error"
      this.log.of(name)[level](`ended: ${describeExit(reason)}`, {
        restartsLeft: child.restartsLeft,
        ...(lastMessage === undefined ? {} : { lastMessage }),
        ...stackOf(reason),
      })
    }
    if (child.options.name === undefined) return
    if (event === "started" || event === "restarted") this.deaths.began(name)
    if (reason !== undefined && isOrderly(reason)) this.deaths.ended(name, { at: new Date().toISOString(), reason })
    const error = thrown === undefined ? {} : { error: encodeError(thrown) }
    const about = {
      ...{ name, id, kind: child.definition.kind, placement: child.hosted.placement },
      ...(event === "unresponsive" ? silence : {}),
    }
    this.#own.publish(
      `actor.${name}.${event}`,
      { ...about, ...(reason === undefined ? {} : { reason }), ...error },
      { ...about, ...(reason === undefined ? {} : { reason: short(reason) }) },
    )
  }
}

const SHORT_CHARS = 200

/** A reason that fits into any event. */
function short(reason: ExitReason): ExitReason {
  if (reason.type !== "crashed") return reason
  const { name, message } = reason.error
  return { ...reason, error: { name: name.slice(0, SHORT_CHARS), message: message.slice(0, SHORT_CHARS) } }
}

function stackOf(reason: ExitReason): { stack?: string } {
  return reason.type === "crashed" && reason.error.stack !== undefined ? { stack: reason.error.stack } : {}
}

/** An actor as the parent of the children of its present life. */
function parentOf(cell: ActorCell): Parent {
  const { life } = cell
  return {
    id: cell.id,
    spec: cell.definition.kind === SUPERVISOR_KIND ? (cell.args as SupervisorSpec) : undefined,
    childExited: (child, reason) =>
      cell.notify({ valid: () => cell.life === life, run: () => life?.instance?.onChildExit?.(child, reason) }),
    end: (reason) => {
      if (cell.life === life) cell.stop(reason)
    },
  }
}
