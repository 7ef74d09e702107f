// Whether timers and I/O get their turn while inline actors have more to do than they can: each of a number of actors is told the next
// message as soon as it has handled one, so that there is always work. Timers and a socket to this same process are timed beside it.

import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import type { ActorRef } from "../actor/actor-ref.js"
import type { ActorSystem } from "../system/actor-system.js"
import type { BenchCase } from "./bench-case.js"
import { BenchCounter } from "./bench-counter.js"

const ACTORS = 16
/** Messages of each actor under way. */
const AHEAD = 64
const TIMER_MS = 1
const TIMERS = 100
const ECHOES = 100
/** The flood is one while at least so many messages a second are handled. */
const FLOOD_PER_SECOND = 100_000

export interface FloodCases {
  readonly cases: readonly BenchCase[]
  end(): void
}

export async function floodCases(system: ActorSystem): Promise<FloodCases> {
  const flood = new Flood(await Promise.all(Array.from({ length: ACTORS }, () => system.spawn(BenchCounter))))
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").setNoDelay(true)
  await once(socket, "connect")
  return {
    cases: [
      { name: TIMER_AT_REST, unit: "ms", round: timersLate },
      { name: TIMER_FLOODED, unit: "ms", baseline: TIMER_AT_REST, round: () => flood.during(timersLate) },
      { name: ECHO_AT_REST, unit: "ms", round: () => echoes(socket) },
      { name: ECHO_FLOODED, unit: "ms", baseline: ECHO_AT_REST, round: () => flood.during(() => echoes(socket)) },
    ],
    end: () => close(server, socket),
  }
}

const TIMER_AT_REST = "timer of 1 ms, how late, at rest"
const TIMER_FLOODED = "timer of 1 ms, how late, while mailboxes are flooded"
const ECHO_AT_REST = "a byte to a socket and back, at rest"
const ECHO_FLOODED = "a byte to a socket and back, while mailboxes are flooded"

class Flood {
  readonly #refs: readonly ActorRef<BenchCounter>[]
  #isOn = false
  #handled = 0

  constructor(refs: readonly ActorRef<BenchCounter>[]) {
    this.#refs = refs
  }

  /** Runs something while all actors are kept busy. */
  async during(measure: () => Promise<readonly number[]>): Promise<readonly number[]> {
    this.#isOn = true
    this.#handled = 0
    const start = performance.now()
    const lanes = this.#refs.flatMap((ref) => Array.from({ length: AHEAD }, () => this.#keepBusy(ref)))
    try {
      const figures = await measure()
      const perSecond = (this.#handled / (performance.now() - start)) * 1000
      if (perSecond < FLOOD_PER_SECOND) throw new Error(`no flood: ${String(Math.round(perSecond))} messages a second`)
      return figures
    } finally {
      this.#isOn = false
      await Promise.all(lanes)
    }
  }

  async #keepBusy(ref: ActorRef<BenchCounter>): Promise<void> {
    while (this.#isOn) {
      await ref.ask.increment({ by: 1 })
      this.#handled++
    }
  }
}

/** How much later than it was due each of a row of timers came. */
async function timersLate(): Promise<readonly number[]> {
  const late: number[] = []
  for (let i = 0; i < TIMERS; i++) {
    const due = performance.now() + TIMER_MS
    await new Promise((resolve) => setTimeout(resolve, TIMER_MS))
    late.push(Math.max(0, performance.now() - due))
  }
  return late
}

async function echoes(socket: Socket): Promise<readonly number[]> {
  const took: number[] = []
  for (let i = 0; i < ECHOES; i++) {
    const start = performance.now()
    socket.write("x")
    await once(socket, "data")
    took.push(performance.now() - start)
  }
  return took
}

function close(server: Server, socket: Socket): void {
  socket.destroy()
  server.close()
}
