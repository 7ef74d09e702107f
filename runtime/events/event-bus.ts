// EventBus — topics within one host, and on to the others: up to the host that started a thread, down to its threads,
// and over the bus from a process's own host.
// E1  An event reaches each fitting subscription once; one publisher's events reach one subscriber in order.
// E2  A host below is sent only what one of its patterns fits.

import type { HostId } from "../ids.js"
import { type Topic, topic as checkedTopic, topicMatches, type TopicPattern, topicPattern } from "../wire/subject.js"
import type { HostRuntime } from "../host/host-runtime.js"

/** Receives a topic and its data. */
export type Subscriber = (topic: string, data: unknown) => void

/** The way of events beyond this process. */
export interface EventCarrier {
  publish(topic: string, data: unknown): void
  subscribe(pattern: string, receive: Subscriber): () => void
}

interface Subscription {
  readonly pattern: TopicPattern
  readonly owner: object
  readonly deliver: Subscriber
}

interface Listening {
  count: number
  readonly stop: () => void
}

export class EventBus {
  readonly #runtime: HostRuntime
  readonly #parent: HostId | undefined
  readonly #carrier: EventCarrier | undefined
  readonly #subscriptions = new Set<Subscription>()
  readonly #below = new Map<HostId, Map<TopicPattern, number>>()
  readonly #listening = new Map<string, Listening>()

  /** A thread has a parent, a process's own host a carrier, a program without a bus neither. */
  constructor(runtime: HostRuntime, beyond: { parent: HostId | undefined; carrier: EventCarrier | undefined }) {
    this.#runtime = runtime
    this.#parent = beyond.parent
    this.#carrier = beyond.carrier
    runtime.agent.serve<{ topic: Topic; data: unknown; pattern?: string }>("event", ({ topic, data, pattern }) =>
      pattern === undefined ? this.#spread(topic, data, undefined) : this.#deliverFromBeyond(pattern, topic, data),
    )
    runtime.agent.serve<{ host: HostId; topic: Topic; data: unknown }>("publish", ({ host, topic, data }) =>
      this.#publish(topic, data, host),
    )
    runtime.agent.serve<{ host: HostId; pattern: TopicPattern; on: boolean }>("subscribe", (request) => this.#fromBelow(request))
  }

  /** Publishes to whoever listens, here and elsewhere. Throws for what is no topic, and for data that cannot be encoded. */
  publish(topic: string, data: unknown): void {
    this.#publish(checkedTopic(topic), data, undefined)
  }

  /** Subscribes on behalf of `owner`. Returns a function that ends it. Throws for what is no pattern. */
  subscribe(owner: object, pattern: string, deliver: Subscriber): () => void {
    const subscription = { pattern: topicPattern(pattern), owner, deliver }
    this.#subscriptions.add(subscription)
    this.#listen(pattern)
    return () => {
      if (this.#subscriptions.delete(subscription)) this.#unlisten(pattern)
    }
  }

  /** Ends all subscriptions of an owner. */
  forget(owner: object): void {
    if (this.#subscriptions.size === 0) return
    for (const subscription of this.#subscriptions) {
      if (subscription.owner !== owner) continue
      this.#subscriptions.delete(subscription)
      this.#unlisten(subscription.pattern)
    }
  }

  /** A host below is gone; nothing is sent to it any more. */
  hostDown(host: HostId): void {
    const patterns = this.#below.get(host)
    this.#below.delete(host)
    for (const [pattern, count] of patterns ?? []) for (let i = 0; i < count; i++) this.#unlisten(pattern)
  }

  #publish(topic: Topic, data: unknown, from: HostId | undefined): void {
    if (this.#parent !== undefined) this.#runtime.tellHost(this.#parent, "publish", { host: this.#runtime.host, topic, data })
    else this.#carrier?.publish(topic, data)
    this.#spread(topic, data, from)
  }

  #spread(topic: Topic, data: unknown, from: HostId | undefined): void {
    for (const { pattern, deliver } of this.#subscriptions) if (fits(pattern, topic)) deliver(topic, data)
    for (const [host, patterns] of this.#below) {
      if (host === from) continue
      for (const pattern of patterns.keys()) {
        if (!fits(pattern, topic)) continue
        this.#runtime.tellHost(host, "event", { topic, data })
        break
      }
    }
  }

  #fromBelow({ host, pattern, on }: { host: HostId; pattern: TopicPattern; on: boolean }): void {
    const patterns = this.#below.get(host) ?? new Map<TopicPattern, number>()
    this.#below.set(host, patterns)
    const count = (patterns.get(pattern) ?? 0) + (on ? 1 : -1)
    if (count < 0) return
    if (count === 0) patterns.delete(pattern)
    else patterns.set(pattern, count)
    if (on) this.#listen(pattern)
    else this.#unlisten(pattern)
  }

  /** Listens beyond this host while anyone here or below wants the pattern. */
  #listen(pattern: string): void {
    const listening = this.#listening.get(pattern)
    if (listening !== undefined) {
      listening.count++
      return
    }
    this.#listening.set(pattern, { count: 1, stop: this.#listenBeyond(pattern) })
  }

  #unlisten(pattern: string): void {
    const listening = this.#listening.get(pattern)
    if (listening === undefined || --listening.count > 0) return
    this.#listening.delete(pattern)
    listening.stop()
  }

  #listenBeyond(pattern: string): () => void {
    const { host } = this.#runtime
    const parent = this.#parent
    if (parent !== undefined) {
      this.#runtime.tellHost(parent, "subscribe", { host, pattern, on: true })
      return () => this.#runtime.tellHost(parent, "subscribe", { host, pattern, on: false })
    }
    return this.#carrier?.subscribe(pattern, (topic, data) => this.#deliverFromBeyond(pattern, topic, data)) ?? (() => undefined)
  }

  /** One NATS subscription per pattern: an event that several patterns fit comes once per pattern, and goes only to that one's. */
  #deliverFromBeyond(pattern: string, topic: string, data: unknown): void {
    for (const subscription of this.#subscriptions) if (subscription.pattern === pattern) subscription.deliver(topic, data)
    for (const [host, patterns] of this.#below)
      if (patterns.has(pattern as TopicPattern)) this.#runtime.tellHost(host, "event", { topic, data, pattern })
  }
}

/** What hosts tell each other (`_host.down`) is heard only by who asks for just that. */
function fits(pattern: TopicPattern, topic: Topic): boolean {
  return topic.startsWith("_") === pattern.startsWith("_") && topicMatches(pattern, topic)
}
