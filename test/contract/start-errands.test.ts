import { describe, expect, it } from "vitest"
import { Errander } from "../fixtures/errander.js"
import { Probe } from "../fixtures/probe.js"
import { failureOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
const PAIRS = PLACEMENTS.flatMap((one) => PLACEMENTS.map((other) => [one, other] as const))

describe.each(PAIRS)("an actor %s with a peer %s", (placement, other) => {
  it("A1 asks, looks up and spawns while it starts, in its first life and in the next", async () => {
    const name = `peer-${placement}-${other}`
    const peer = await system.spawn(Probe, { name, placement: other })
    const errander = await system.spawn(Errander, { placement, args: { peer, lookup: name, spawn: PLACEMENTS } })
    const got = { echo: "hello", found: name, children: ["probe", "probe", "probe"] }
    expect(await errander.ask.got()).toEqual(got)
    const before = await errander.ask.children()
    await system.restart(errander)
    expect(await errander.ask.got()).toEqual(got)
    // An address is never given twice: the children of the first life are gone, and nobody answers in their stead.
    for (const child of before) expect((await failureOf(child.ask.echo(1))).code).toBe("ERR_NO_ACTOR")
    await system.stop(errander)
    await system.stop(peer)
  })
})
