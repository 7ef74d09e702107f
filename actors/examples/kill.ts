// kill — what no thread of Python can have done to it: actors in endless loops are ended from outside, and how long that takes is measured.
//
//   npx troupe run kill
//   npx troupe run kill --placement process --workers 3

import { setImmediate as turn } from "node:timers/promises"
import { Actor, actor, codeOf, handler } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"

interface Result {
  /** Loops that were really at work when their end was asked for. */
  readonly spun: number
  readonly ended: number
  readonly slowestMs: number
}

/** Who does not answer within this time is in its loop. */
const PATIENCE_MS = 100

@actor({ kind: "kill-spinner", module: import.meta.url, description: "Never comes to an end by itself" })
export class KillSpinner extends Actor {
  @handler()
  async spin(): Promise<void> {
    const { signal, placement } = this.context
    // Nobody can end an inline actor between two awaits, so that one has to look whether it is still wanted.
    if (placement === "inline") while (!signal.aborted) await turn()
    else for (;;);
  }

  @handler()
  ping(): void {
    // Waits in the mailbox for the end of the loop.
  }
}

export const kill: Example<number, Result> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "threads and processes: killed at any instant, in an endless loop too; what they held (locks, items of a queue) goes back",
      "inline: shares the program's loop, so it can be ended at an await only, and has to look at its signal",
      "better than kill: stop lets an actor finish its message, drain all that wait; each climbs on to the next when its time is over",
    ],
    mapping: "one endless loop, one actor; all are killed at once",
  },
  takes: [],

  prepare: ({ workers }) => workers,

  /** The way of those who cannot kill: each loop looks now and then whether it is still wanted. */
  async sequential(loops, pace) {
    let ended = 0
    let slowestMs = 0
    for (let loop = 1; loop <= loops; loop++) {
      const wanted = new AbortController()
      const looping = (async () => {
        while (!wanted.signal.aborted) await turn()
        ended++
      })()
      const start = performance.now()
      wanted.abort()
      await looping
      slowestMs = Math.max(slowestMs, performance.now() - start)
      await pace.at(loop / loops)
    }
    return { spun: loops, ended, slowestMs }
  },

  async parallel(_, run) {
    const { setUp, system } = run
    const { refs } = await run.hire(KillSpinner)
    const answers = await setUp(() => {
      for (const ref of refs) ref.tell.spin()
      return Promise.all(refs.map((ref) => ref.with({ timeoutMs: PATIENCE_MS }).ask.ping().then(() => "pong", codeOf))) // prettier-ignore
    })
    const took = refs.map(async (ref) => {
      const start = performance.now()
      await system.kill(ref)
      await ref.join()
      return performance.now() - start
    })
    const slowestMs = Math.max(...(await Promise.all(took)))
    const alive = await Promise.all(refs.map((ref) => ref.isAlive()))
    return {
      spun: answers.filter((answer) => answer === "ERR_TIMED_OUT").length,
      ended: alive.filter((lives) => !lives).length,
      slowestMs,
    }
  },

  check: (_, { sequential, parallel }) => [
    { what: "loops that were not at work when they were killed", error: sequential.spun - parallel.spun, within: 0 },
    { what: "loops that live on", error: sequential.ended - parallel.ended, within: 0 },
  ],

  figures: (_, { slowestMs }) => ({ "known dead after, ms": slowestMs }),
}
