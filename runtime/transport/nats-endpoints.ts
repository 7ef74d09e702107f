// NatsEndpoints — named actors as NATS micro services, each handler an endpoint.
// Owns the subscriptions of actor subjects. What an actor answers is the actor's.
// V1  Whoever can be answered is: an unknown handler, a malformed body and a failure are errors with a code.
// V2  A message without a reply subject is a tell.
// V3  Nothing throws into nats.js, which would read no more: not a header, not an answer to a connection that is closed.

import type { Msg, Service, Subscription } from "nats"
import type { Asks } from "../actor/asks.js"
import { Delivery, type Target } from "../actor/delivery.js"
import { summarise } from "../actor/exit-reason.js"
import type { BusConnection } from "../bus/bus-connection.js"
import { NoHandlerError } from "../errors.js"
import type { Prefix } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import { readClock } from "../time/wall-clock.js"
import { answer, answerError, type Answering, codecOf, timeoutOf } from "./nats-answer.js"

const LAST_ERROR_CHARS = 200

/** A named actor that clients can reach. */
export interface Served {
  readonly name: string
  readonly kind: string
  readonly description?: string
  readonly placement: string
  readonly handlers: readonly string[]
  readonly target: Target
}

export interface NatsEndpointsParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly codec: Codec
  readonly asks: Asks
  readonly version: string
  /** Told of messages that cannot be answered and are not handled. Must not throw. */
  readonly refused: (subject: string, error: unknown) => void
}

interface Counter {
  countError(error: Error): void
  processing_time: number
  average_processing_time: number
  num_requests: number
}

interface Endpoint {
  readonly actor: Served
  readonly handler: string
  readonly counter: Counter | undefined
}

interface Running {
  readonly service: Service
  readonly catchAll: Subscription
}

export class NatsEndpoints {
  readonly #parts: NatsEndpointsParts
  readonly #running = new Map<string, Running>()

  constructor(parts: NatsEndpointsParts) {
    this.#parts = parts
  }

  /** Serves an actor's subjects; resolves when the server knows of them. */
  async serve(actor: Served): Promise<void> {
    const { connection, prefix, version } = this.#parts
    const service = await connection.raw.services.add({
      name: actor.name,
      version,
      description: actor.description ?? `${actor.kind} actor`,
      metadata: { kind: actor.kind, placement: actor.placement, id: actor.target.id },
    })
    for (const handler of actor.handlers) {
      const endpoint = service.addEndpoint(handler.replaceAll("$", "_"), {
        subject: `${prefix}.${actor.name}.${handler}`,
        handler: (_, message) => this.#take({ actor, handler, counter }, message),
      })
      const counter =
        (endpoint as unknown as { stats?: Counter }).stats ?? counterOf(service, `${prefix}.${actor.name}.${handler}`)
    }
    // Endpoints answer for the handlers there are; this answers for those there are not.
    const known = new Set(actor.handlers)
    const catchAll = connection.raw.subscribe(`${prefix}.${actor.name}.>`, {
      callback: (_, message) => {
        const handler = message.subject.slice(prefix.length + actor.name.length + 2)
        if (!known.has(handler)) this.#fail(message, new NoHandlerError(actor.name, handler.slice(0, 64), actor.handlers))
      },
    })
    this.#running.set(actor.name, { service, catchAll })
    await connection.flush()
  }

  /** Ends serving an actor; what is under way is still answered. */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name)
    if (running === undefined) return
    this.#running.delete(name)
    running.catchAll.unsubscribe()
    await running.service.stop().catch(() => null)
  }

  #take({ actor, handler, counter }: Endpoint, message: Msg): void {
    const { asks } = this.#parts
    const how = this.#answering(message)
    let input: unknown
    try {
      // JSON has no word for nothing, and a message that is no message is none: it is as if there were no payload.
      input = how.codec.decode(message.data) ?? undefined
    } catch (error) {
      count(counter, error)
      this.#fail(message, error)
      return
    }
    const timeoutMs = timeoutOf(message)
    if (!message.reply) {
      actor.target.accept(new Delivery(handler, input, timeoutMs === undefined ? Infinity : readClock() + timeoutMs, undefined))
      return
    }
    const start = performance.now()
    asks.ask(actor.target, actor.name, { handler, input, ...(timeoutMs === undefined ? {} : { timeoutMs }) }).then(
      (value) => {
        answer(message, value, how)
        this.#time(counter, start)
      },
      (error: unknown) => {
        count(counter, error)
        answerError(message, error, how)
        this.#time(counter, start)
      },
    )
  }

  /** nats.js measures its callback only, which returns before an actor has answered. */
  #time(counter: Counter | undefined, start: number): void {
    if (counter === undefined) return
    counter.processing_time += Math.round((performance.now() - start) * 1e6)
    counter.average_processing_time = Math.round(counter.processing_time / Math.max(1, counter.num_requests))
  }

  #fail(message: Msg, error: unknown): void {
    if (message.reply) answerError(message, error, this.#answering(message))
    else this.#parts.refused(message.subject, error)
  }

  #answering(message: Msg): Answering {
    const { connection, codec, refused } = this.#parts
    return { codec: codecOf(message, codec), maxPayload: connection.maxPayload, refused }
  }
}

/** nats.js puts the last error into its statistics, which have to fit into one message. */
function count(counter: Counter | undefined, error: unknown): void {
  counter?.countError(new Error(summarise(error).message.slice(0, LAST_ERROR_CHARS)))
}

/** The counts nats.js keeps per endpoint; it has no public way to count an error that comes later than its callback. */
function counterOf(service: Service, subject: string): Counter | undefined {
  const { handlers } = service as unknown as { handlers?: { subject: string; stats?: Counter }[] }
  return handlers?.find((handler) => handler.subject === subject)?.stats
}
