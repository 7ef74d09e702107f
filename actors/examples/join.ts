// join — to wait for the end of what was started, or to go on without it.
//
//   npx troupe run join --workers 3

import { Actor, actor, codeOf, handler } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"

interface Problem {
  readonly from: number
  readonly counters: number
}

interface Result {
  readonly ended: number
  readonly livedOn: number
}

@actor({ kind: "join-counter", module: import.meta.url, description: "Counts down and ends" })
export class JoinCounter extends Actor {
  @handler()
  run(from: number): void {
    countDown(from)
    this.context.stop()
  }
}

export const join: Example<Problem, Result> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "join: waits for an actor's end and gives its reason; with timeoutMs it gives up, and the actor goes on",
      "not join: the program does something else; it still does not end before its actors, unless they are daemons",
      "enumerate: what lives now, by name; isAlive asks one",
    ],
    mapping: "one counter, one actor, one end",
  },
  takes: ["size"],
  size: { of: "steps in each countdown", usual: 100_000_000, least: 1, most: 2_000_000_000 },

  prepare: ({ size, workers }) => ({ from: size, counters: workers }),

  async sequential({ from, counters }, pace) {
    for (let done = 1; done <= counters; done++) {
      countDown(from)
      await pace.at(done / counters)
    }
    return { ended: counters, livedOn: 0 }
  },

  async parallel({ from }, run) {
    const { refs } = await run.hire(JoinCounter)
    for (const ref of refs) ref.tell.run(from)
    // Not join: a look, and on.
    const looks = refs.map((ref) => ref.join({ timeoutMs: 0 }).catch((error: unknown) => codeOf(error)))
    const livedOn = (await Promise.all(looks)).filter((look) => look === "ERR_JOIN_TIMED_OUT").length
    // Join.
    let ended = 0
    const ends = refs.map(async (ref) => {
      const reason = await ref.join({ signal: run.pace.signal })
      run.pace.told(++ended / refs.length)
      return reason
    })
    const reasons = await Promise.all(ends)
    return { ended: reasons.filter(({ type }) => type === "normal").length, livedOn }
  },

  check: (_, { sequential, parallel }) => [
    { what: "counters that did not end by themselves", error: sequential.ended - parallel.ended, within: 0 },
  ],

  figures: (_, { livedOn }) => ({ "alive when the program went on": livedOn }),
}

function countDown(from: number): void {
  let left = from
  while (left > 0) left--
}
