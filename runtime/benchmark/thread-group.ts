// Thread actors over rings of shared memory, against bare postMessage to a thread with the same message and the same book of
// answers to come, and against a copy of memory for what is large. Everything runs in one process: its main thread asks, unless two
// threads talk.

import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { ActorSystem } from "../system/actor-system.js"
import { makeRings, RingTransport } from "../transport/ring-transport.js"
import type { BareAnswer, BareQuestion } from "./bare-thread.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { BenchCounter } from "./bench-counter.js"
import { inFlight } from "./in-flight.js"
import { spreadOf } from "./statistics.js"
import { ThreadPairCases } from "./thread-pair-cases.js"

const WIDTH = 256
const ASKS = 60_000
const SEQUENTIAL = 3000
const TELLS = 200_000
/** Tells between two looks at the mailbox's end, so that it stays within its bound. */
const BURST = 500
const LARGE_BYTES = 1024 * 1024
const LARGE = 100
const MIDDLE_BYTES = 64 * 1024
const MIDDLE = 1000
/** Of them two are the pair. */
const IDLE_ACTORS = 4
const IDLE_MS = 1000
/** Asks that compute, to see whether a second thread takes its share. */
const COMPUTED = 4000
const STEPS = 25_000
/** The same where who asks, which is a third thread, takes next to nothing of what the threads need. */
const LONG_COMPUTED = 400
const LONG_STEPS = 10 * STEPS
const PER_THREAD = 16

export async function threadGroup(): Promise<BenchGroup> {
  const system = await ActorSystem.start({ bus: false, strictMessages: false, logLevel: "silent" })
  const counter = await system.spawn(BenchCounter, { placement: "thread" })
  const others = await Promise.all(
    Array.from({ length: IDLE_ACTORS - 3 }, () => system.spawn(BenchCounter, { placement: "thread" })),
  )
  const bare = new BareAsker()
  const rings = new BareRings()
  const pair = await ThreadPairCases.start(system)
  /** Asks that compute, spread over so many threads. */
  const computing = async (threads: number, asks = COMPUTED, steps = STEPS): Promise<number> => {
    const actors = [counter, ...others].slice(0, threads)
    let next = 0
    const call = async (): Promise<void> => {
      await actors[next++ % threads]?.ask.compute({ steps })
    }
    const took = await inFlight(asks, PER_THREAD * threads, call)
    expected += asks / threads
    return perSecond(asks, took)
  }
  let expected = 0
  const ask = async (): Promise<void> => {
    expected++
    await counter.ask.increment({ by: 1 })
  }
  const check = async (): Promise<void> => {
    const value = await counter.ask.value()
    if (value !== expected) throw new Error(`the counter says ${String(value)}, not ${String(expected)}`)
  }
  const checked = async (figure: Promise<number>): Promise<number> => {
    const done = await figure
    await check()
    return done
  }
  const source = new Uint8Array(LARGE_BYTES).fill(1)
  const middle = new Uint8Array(MIDDLE_BYTES).fill(1)
  const askWith = async (ballast: Uint8Array): Promise<void> => {
    expected++
    await counter.ask.increment({ by: 1, ballast } as { by: number })
  }
  const cases: BenchCase[] = [
    { name: BARE_ONE, unit: "per second", round: () => oneAtATime(() => bare.ask()) },
    { name: RINGS_ONE, unit: "per second", baseline: BARE_ONE, round: () => oneAtATime(() => rings.ask()) },
    { name: ONE, unit: "per second", baseline: BARE_ONE, round: () => checked(oneAtATime(ask)) },
    { name: BARE_MANY, unit: "per second", round: () => manyAtATime(() => bare.ask()) },
    { name: MANY, unit: "per second", baseline: BARE_MANY, round: () => checked(manyAtATime(ask)) },
    {
      name: TELL,
      unit: "per second",
      async round() {
        const start = performance.now()
        for (let i = 0; i < TELLS; i += BURST) {
          for (let j = 0; j < BURST; j++) counter.tell.increment({ by: 1 })
          await counter.ask.value()
        }
        const took = performance.now() - start
        expected += TELLS
        await check()
        return perSecond(TELLS, took)
      },
    },
    {
      // Into new memory, as whoever receives a message must; what is copied over again stays in the processor's cache.
      name: COPY,
      unit: "per second",
      round() {
        const start = performance.now()
        for (let i = 0; i < LARGE; i++) if (source.slice().length !== LARGE_BYTES) throw new Error("not copied")
        return Promise.resolve(perSecond(LARGE, performance.now() - start))
      },
    },
    {
      name: PAYLOAD,
      unit: "per second",
      baseline: COPY,
      round: () => checked(inFlight(LARGE, 4, () => askWith(source)).then((took) => perSecond(LARGE, took))),
    },
    {
      name: BARE_MIDDLE,
      unit: "per second",
      round: async () => perSecond(MIDDLE, await inFlight(MIDDLE, 16, () => bare.ask(middle))),
    },
    {
      name: MIDDLE_PAYLOAD,
      unit: "per second",
      baseline: BARE_MIDDLE,
      round: () => checked(inFlight(MIDDLE, 16, () => askWith(middle)).then((took) => perSecond(MIDDLE, took))),
    },
    ...pair.cases,
    { name: OVER_ONE, unit: "per second", round: () => checked(computing(1)) },
    { name: OVER_TWO, unit: "per second", baseline: OVER_ONE, round: () => checked(computing(2)) },
    { name: LONG_ONE, unit: "per second", round: () => checked(computing(1, LONG_COMPUTED, LONG_STEPS)) },
    {
      name: LONG_TWO,
      unit: "per second",
      baseline: LONG_ONE,
      round: () => checked(computing(2, LONG_COMPUTED, LONG_STEPS)),
    },
    {
      name: IDLE,
      unit: "ms",
      async round() {
        const before = process.cpuUsage()
        await new Promise((resolve) => {
          setTimeout(resolve, IDLE_MS)
        })
        const { user, system: kernel } = process.cpuUsage(before)
        return (user + kernel) / 1000
      },
    },
  ]
  return {
    question: "What does a message to a thread actor cost, against bare postMessage?",
    baseline: undefined,
    aims: [
      { case: ONE, atLeast: 8, of: "baseline" },
      { case: MANY, atLeast: 2, of: "baseline" },
      { case: TELL, atLeast: 2e6, of: "absolute" },
      { case: PAYLOAD, atLeast: 1 / 3, of: "baseline" },
      // Each thread wants a core; who asks gets by with what they leave.
      ...(availableParallelism() >= 2
        ? ([OVER_TWO, LONG_TWO] as const).map((name) => ({ case: name, atLeast: 1.8, of: "baseline" }) as const)
        : []),
      { case: IDLE, atMost: IDLE_MS / 100, of: "absolute" },
    ],
    cases,
    async end() {
      await pair.end()
      await bare.end()
      await rings.end()
      await system.shutdown()
    },
  }
}

const BARE_ONE = "bare postMessage, one at a time, 1 / median"
const ONE = "ask, one at a time, 1 / median"
const RINGS_ONE = "the rings alone, one at a time, 1 / median"
const BARE_MANY = `bare postMessage, ${String(WIDTH)} in flight`
const MANY = `ask, ${String(WIDTH)} in flight`
const TELL = "tell"
const COPY = "copy of 1 MB into new memory"
const PAYLOAD = "ask with 1 MB, 4 in flight"
const BARE_MIDDLE = "bare postMessage with 64 KB, 16 in flight"
const MIDDLE_PAYLOAD = "ask with 64 KB, 16 in flight"
const OVER_ONE = "asks that compute 30 µs, over 1 thread"
const OVER_TWO = "asks that compute 30 µs, over 2 threads"
const LONG_ONE = "asks that compute 300 µs, over 1 thread"
const LONG_TWO = "asks that compute 300 µs, over 2 threads"
const IDLE = `${String(IDLE_ACTORS)} thread actors at rest: processor time of a second`

/** Asks a thread with postMessage. */
class BareAsker {
  readonly #worker = new Worker(new URL("bare-thread.js", import.meta.url))
  readonly #waiting = new Map<number, (value: number) => void>()
  #next = 1

  constructor() {
    this.#worker.on("message", ({ id, value }: BareAnswer) => {
      this.#waiting.get(id)?.(value)
      this.#waiting.delete(id)
    })
  }

  ask(ballast?: Uint8Array): Promise<number> {
    return new Promise((resolve) => {
      const id = this.#next++
      this.#waiting.set(id, resolve)
      const question: BareQuestion = ballast === undefined ? { id, by: 1 } : { id, by: 1, ballast }
      this.#worker.postMessage(question)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** A message there and back through the rings that actors use, and nothing else: what no ask can be quicker than. */
class BareRings {
  readonly #worker: Worker
  readonly #transport: RingTransport
  readonly #frame = new Uint8Array(64)
  #answered: () => void = () => undefined

  constructor() {
    const { ours, theirs } = makeRings()
    this.#worker = new Worker(new URL("bare-ring-thread.js", import.meta.url), {
      workerData: theirs,
      transferList: [theirs.parcels],
    })
    this.#transport = new RingTransport({
      ends: ours,
      receive: () => this.#answered(),
      broken: (error) => {
        throw error
      },
    })
  }

  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#transport.send(undefined, this.#frame)
    })
  }

  async end(): Promise<void> {
    this.#transport.close()
    await this.#worker.terminate()
  }
}

async function oneAtATime(call: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < SEQUENTIAL; i++) {
    const start = performance.now()
    await call()
    took.push(performance.now() - start)
  }
  return perSecond(1, spreadOf(took).median)
}

async function manyAtATime(call: () => Promise<unknown>): Promise<number> {
  return perSecond(ASKS, await inFlight(ASKS, WIDTH, call))
}

function perSecond(operations: number, ms: number): number {
  return (operations / ms) * 1000
}
