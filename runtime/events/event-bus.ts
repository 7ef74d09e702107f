// EventBus — topics within one host, and on to the others: up to the host that started a thread, down to its threads,
// and over the bus from a process's own host.
// E1  An event reaches each fitting subscription once; one publisher's events reach one subscriber in order.
// E2  A host below is sent only what one of its patterns fits.
// E3  What cannot go everywhere is refused to its publisher, before anyone has heard of it.
// E4  What a subscriber throws is logged; it reaches neither the publisher nor another subscriber.

import { summarise } from "../actor/exit-reason.js"
import { type HostId, hostId } from "../ids.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { EventCodec, type EventData } from "../wire/event-data.js"
import { bytes, flag, made, oneOf, optional, record, type Shaped, text } from "../wire/shape.js"
import { type Topic, topic as checkedTopic, topicMatches, type TopicPattern, topicPattern } from "../wire/subject.js"

/** Receives a topic and its data. */
export type Subscriber = (topic: string, data: unknown) => void

/** Who subscribes, by a name for the log. */
export interface Subscribing {
  readonly name: string
}

/** The way of events beyond this process. */
export interface EventCarrier {
  /** The most bytes that the data of an event may have. */
  readonly maxBytes: number
  publish(topic: string, data: EventData): void
  subscribe(pattern: string, receive: (topic: string, data: EventData) => void): () => void
}

interface Subscription {
  readonly pattern: TopicPattern
  readonly owner: Subscribing
  readonly deliver: Subscriber
}

interface Listening {
  count: number
  readonly stop: () => void
}

/** An event under way; `value` gives its data, read at most once. */
interface PassingEvent {
  readonly topic: string
  readonly data: EventData
  readonly value: () => unknown
}

const eventShape = record({ topic: text, form: oneOf("json", "msgpack"), bytes, pattern: optional(made(topicPattern)) })
const publishShape = record({ host: made(hostId), topic: made(checkedTopic), form: oneOf("json", "msgpack"), bytes })
const subscribeShape = record({ host: made(hostId), pattern: made(topicPattern), on: flag })

export class EventBus {
  readonly #runtime: HostRuntime
  readonly #parent: HostId | undefined
  readonly #carrier: EventCarrier | undefined
  readonly #codec: EventCodec
  readonly #subscriptions = new Set<Subscription>()
  readonly #below = new Map<HostId, Map<TopicPattern, number>>()
  readonly #listening = new Map<string, Listening>()

  /** A thread has a parent, a process's own host a carrier, a program without a bus neither. */
  constructor(runtime: HostRuntime, beyond: { parent: HostId | undefined; carrier: EventCarrier | undefined }) {
    this.#runtime = runtime
    this.#parent = beyond.parent
    this.#carrier = beyond.carrier
    this.#codec = new EventCodec(runtime.codec)
    const { agent } = runtime
    agent.serve("event", eventShape, ({ topic, pattern, ...data }) => {
      const event = this.#received(topic, data)
      if (pattern === undefined) this.#spread(event, undefined)
      else this.#spreadTo(pattern, event)
    })
    agent.serve("publish", publishShape, ({ host, topic, ...data }) => {
      this.#beyond(topic, data)
      this.#spread(this.#received(topic, data), host)
    })
    agent.serve("subscribe", subscribeShape, (request) => this.#fromBelow(request))
  }

  /**
   * Publishes to whoever listens, here and elsewhere.
   * @throws {BadOptionError} for what is no topic, UnencodableError and TooLargeError for data that cannot go everywhere
   */
  publish(topic: string, value: unknown): void {
    const checked = checkedTopic(topic)
    const maxBytes = this.#carrier?.maxBytes ?? this.#runtime.settings.inherited.maxEventBytes
    const data = this.#codec.encode(checked, value, maxBytes)
    this.#beyond(checked, data)
    this.#spread({ topic: checked, data, value: () => value }, undefined)
  }

  /** Subscribes on behalf of `owner`. Returns a function that ends it. Throws for what is no pattern. */
  subscribe(owner: Subscribing, pattern: string, deliver: Subscriber): () => void {
    const subscription = { pattern: topicPattern(pattern), owner, deliver }
    this.#subscriptions.add(subscription)
    this.#listen(pattern)
    return () => {
      if (this.#subscriptions.delete(subscription)) this.#unlisten(pattern)
    }
  }

  /** Ends all subscriptions of an owner. */
  forget(owner: Subscribing): void {
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

  #beyond(topic: Topic, data: EventData): void {
    const { host } = this.#runtime
    if (this.#parent !== undefined) this.#runtime.tellHost(this.#parent, "publish", { host, topic, ...data })
    else this.#carrier?.publish(topic, data)
  }

  #received(topic: string, data: EventData): PassingEvent {
    let read: { value: unknown } | undefined
    return { topic, data, value: () => (read ??= { value: this.#codec.decode(data) }).value }
  }

  #spread(event: PassingEvent, from: HostId | undefined): void {
    const { topic, data } = event
    for (const subscription of this.#subscriptions)
      if (fits(subscription.pattern, topic as Topic)) this.#deliver(subscription, event)
    for (const [host, patterns] of this.#below) {
      if (host === from) continue
      for (const pattern of patterns.keys()) {
        if (!fits(pattern, topic as Topic)) continue
        this.#runtime.tellHost(host, "event", { topic, ...data })
        break
      }
    }
  }

  /** One NATS subscription per pattern: an event that several patterns fit comes once per pattern, and goes only to that one's. */
  #spreadTo(pattern: string, event: PassingEvent): void {
    const { topic, data } = event
    for (const subscription of this.#subscriptions) if (subscription.pattern === pattern) this.#deliver(subscription, event)
    for (const [host, patterns] of this.#below)
      if (patterns.has(pattern as TopicPattern)) this.#runtime.tellHost(host, "event", { topic, ...data, pattern })
  }

  #deliver({ owner, pattern, deliver }: Subscription, { topic, value }: PassingEvent): void {
    let data: unknown
    try {
      data = value()
    } catch (error) {
      this.#runtime.noteGarbage(error, `the topic ${topic}`)
      return
    }
    try {
      deliver(topic, data)
    } catch (error) {
      const { message, stack } = summarise(error)
      this.#runtime.log.error(`the subscription of ${owner.name} to ${pattern} threw at ${topic}: ${message}`, { stack })
    }
  }

  #fromBelow({ host, pattern, on }: Shaped<typeof subscribeShape>): void {
    if (!this.#runtime.isBelow(host)) return
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
    const receive = (topic: string, data: EventData): void => this.#spreadTo(pattern, this.#received(topic, data))
    return this.#carrier?.subscribe(pattern, receive) ?? (() => undefined)
  }
}

/** What hosts tell each other (`_host.down`) is heard only by who asks for just that. */
function fits(pattern: TopicPattern, topic: Topic): boolean {
  return topic.startsWith("_") === pattern.startsWith("_") && topicMatches(pattern, topic)
}
