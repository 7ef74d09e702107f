// daemon — an actor that works in the background for as long as the program lasts, and that nobody waits for.
//
//   npx troupe run daemon

import { Actor, actor, handler } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"

interface Result {
  readonly steps: number
  readonly background: number
  readonly isDaemon: boolean
}

const PIECES = 20

@actor({ kind: "daemon-ticker", module: import.meta.url, description: "Ticks until the program ends" })
export class DaemonTicker extends Actor {
  #ticks = 0

  override onStart(): void {
    this.context.schedule("tick", { everyMs: 5 })
  }

  @handler()
  tick(): void {
    this.#ticks++
  }

  @handler()
  ticks(): number {
    return this.#ticks
  }
}

export const daemon: Example<number, Result> = {
  explanation: {
    pattern: "task parallelism with something in the background",
    consider: [
      "daemon: true says that the program may end while the actor lives; it is stopped in order then, onStop and all",
      "what must be finished is no daemon's work, unless somebody waits for it: a queue's join, an answer",
      "only what a program spawns itself is a daemon or not; what lives below an actor ends with that",
    ],
    mapping: "one daemon beside the program, which computes on its own loop",
  },
  takes: ["size"],
  size: { of: "steps of the program", usual: 200_000_000, least: PIECES, most: 2_000_000_000 },

  prepare: ({ size }) => size,

  async sequential(size, pace) {
    return { steps: await count(size, (fraction) => pace.at(fraction)), background: 0, isDaemon: true }
  },

  async parallel(size, { system, placement, pace, setUp }) {
    const ticker = await setUp(() => system.spawn(DaemonTicker, { placement, daemon: true }))
    const steps = await count(size, (fraction) => pace.at(fraction))
    const living = (await system.enumerate()).find(({ ref }) => ref.equals(ticker))
    // Nobody stops it: the program does, when it ends.
    return { steps, background: await ticker.ask.ticks(), isDaemon: living?.daemon === true }
  },

  check: (_, { sequential, parallel }) => [
    { what: "steps that the program did not take", error: sequential.steps - parallel.steps, within: 0 },
    { what: "daemons that did not live beside it", error: Number(!parallel.isDaemon), within: 0 },
  ],

  figures: (_, { background }) => ({ "ticks in the background": background }),
}

async function count(size: number, breath: (fraction: number) => Promise<void>): Promise<number> {
  let steps = 0
  for (let piece = 1; piece <= PIECES; piece++) {
    const until = Math.floor((size * piece) / PIECES)
    while (steps < until) steps++
    await breath(piece / PIECES)
  }
  return steps
}
