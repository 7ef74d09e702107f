// pipe — a producer and a consumer, each in a unit of its own, and a pipe between them that ends when the producer closes its end.
//
//   npx troupe run pipe
//   npx troupe run pipe --placement process      # the pipe is kept by an actor then

import { Actor, actor, handler } from "../../runtime/index.js"
import type { Pipe } from "../../runtime/toolkit.js"
import type { Example } from "./harness/example.js"
import { keeperFor, type ToolSource, toolsFrom } from "./harness/tools.js"

interface Sum {
  readonly received: number
  readonly sum: number
}

/** Numbers that are sent together: one by one a number costs as much as all of these. */
const BATCH = 100
/** How many were received is published here, now and then. */
const TOPIC = "pipe.received"
const TOLD_EVERY = 100 * BATCH

abstract class PipeUser extends Actor {
  protected pipe: Pipe<number[]> | undefined

  override async onStart(args: unknown): Promise<void> {
    const { name, source } = args as { name: string; source: ToolSource }
    const tools = await toolsFrom(source, this.context)
    this.pipe = await tools.pipe(name, { ways: "one-way", capacity: 16, itemBytes: 2048 })
  }
}

@actor({ kind: "pipe-producer", module: import.meta.url, description: "Sends numbers" })
export class PipeProducer extends PipeUser {
  /** Closes its end when it has sent all, and also when it fails. */
  @handler()
  async produce(count: number): Promise<void> {
    if (this.pipe === undefined) return
    await using end = await this.pipe.end("left")
    for (let from = 0; from < count; from += BATCH)
      await end.send(Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => valueOf(from + i)))
  }
}

@actor({ kind: "pipe-consumer", module: import.meta.url, description: "Adds up what comes" })
export class PipeConsumer extends PipeUser {
  @handler()
  async consume(): Promise<Sum> {
    let received = 0
    let sum = 0
    if (this.pipe === undefined) return { received, sum }
    await using end = await this.pipe.end("right")
    for await (const batch of end) {
      received += batch.length
      for (const value of batch) sum += value
      if (received % TOLD_EVERY === 0) this.context.publish(TOPIC, received)
    }
    return { received, sum }
  }
}

export const pipe: Example<number, Sum> = {
  explanation: {
    pattern: "pipeline",
    consider: [
      "the limit: a pipe holds so much, then the producer waits; memory stays flat however far ahead it could run",
      "the end: the consumer's loop ends when every producer has closed its end, or has died",
      "the size of what is sent: one message costs the same with one number as with a hundred",
    ],
    mapping: "one producer, one consumer; --workers is not heeded",
  },
  takes: ["size"],
  size: { of: "numbers", usual: 1_000_000, least: 1, most: 1_000_000_000 },
  usualWorkers: 2,

  prepare: ({ size }) => size,

  async sequential(count, pace) {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += valueOf(i)
      if (i % 100_000 === 0) await pace.at(i / count)
    }
    return { received: count, sum }
  },

  async parallel(count, run) {
    const args = { name: run.unique("numbers"), source: await keeperFor(run) }
    const producer = await run.hire(PipeProducer, { args, count: 1 })
    const consumer = await run.hire(PipeConsumer, { args, count: 1 })
    const listening = run.subscribe(TOPIC, (_, received) => run.pace.told(Number(received) / count))
    try {
      const consuming = consumer.each((ask) => ask.consume())
      const [[total]] = await Promise.all([consuming, producer.each((ask) => ask.produce(count))])
      return total ?? { received: 0, sum: 0 }
    } finally {
      listening()
    }
  },

  check: (_, { sequential, parallel }) => [
    { what: "numbers that were not received", error: sequential.received - parallel.received, within: 0 },
    { what: "difference of the sums", error: Math.abs(sequential.sum - parallel.sum), within: 0 },
  ],
}

function valueOf(i: number): number {
  return (i * 7919) % 1009
}
