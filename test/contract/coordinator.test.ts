// The coordinator on a real system: actors in any placement publish, and know nothing of who waits.

import { describe, expect, it } from "vitest"
import { Coordinator } from "../../runtime/index.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

describe.each(PLACEMENTS)("a coordinator of actors: %s", (placement) => {
  it("waits for all of them, whoever comes first, and for the first of any", async () => {
    using coordinator = new Coordinator(system)
    const speakers = await Promise.all([1, 2, 3].map(() => system.spawn(Scheduler, { placement })))
    const topics = speakers.map((_, at) => `coordinated.${placement}.s${String(at)}`)
    const all = coordinator.waitForAll(topics)
    const any = coordinator.waitForAny([`coordinated.${placement}.*`])
    for (const [at, speaker] of [...speakers.entries()].reverse())
      await speaker.ask.announce({ topic: topics[at] ?? "", data: at })
    expect((await all).map(({ data }) => data)).toEqual([0, 1, 2])
    expect((await any).data).toBe(2)
  })

  it("says which of them was not heard of in time", async () => {
    using coordinator = new Coordinator(system)
    const speaker = await system.spawn(Scheduler, { placement })
    const [here, gone] = [`half.${placement}.here`, `half.${placement}.gone`]
    const waiting = coordinator.waitForAll([here, gone], { timeoutMs: 1500 })
    const told = expect(waiting).rejects.toMatchObject({ code: "ERR_EVENTS_MISSING", data: { missing: [gone], seen: 1 } })
    await speaker.ask.announce({ topic: here, data: 1 })
    await told
  })
})
