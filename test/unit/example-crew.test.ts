// How a crew hands out chunks, with stand-ins for its actors.

import { describe, expect, it } from "vitest"
import { bounds, Crew, ranges } from "../../actors/examples/harness/crew.js"
import { Pace } from "../../actors/examples/harness/pace.js"
import type { Actor, ActorRef } from "../../runtime/index.js"
import * as registry from "../../actors/examples/registry.js"
import type { ExampleDoor } from "../../runtime/cli/example-door.js"

/** Actors that exist as their rank alone: the calls below are made on it. */
function crewOf(size: number, pace = new Pace()): Crew<Actor> {
  const refs = Array.from({ length: size }, (_, rank) => ({ with: () => ({ ask: rank }) }))
  return new Crew(refs as unknown as readonly ActorRef[], pace)
}

const rankOf = (ask: unknown): number => ask as number

describe("a crew", () => {
  it.each(["static", "dynamic"] as const)("answers in the order of the inputs (%s)", async (schedule) => {
    const inputs = Array.from({ length: 23 }, (_, i) => i)
    const answers = await crewOf(4).map(inputs, (_, input) => Promise.resolve(input * input), { schedule })
    expect(answers).toEqual(inputs.map((input) => input * input))
  })

  it("with a static schedule gives each a block of neighbours, equal but for one", async () => {
    const taken = await crewOf(3).map([0, 1, 2, 3, 4, 5, 6], (ask) => Promise.resolve(rankOf(ask)), { schedule: "static" })
    expect(taken).toEqual([0, 0, 1, 1, 2, 2, 2])
  })

  it("with a dynamic schedule gives the next chunk to whoever is free", async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const taken = await crewOf(2).map([0, 1, 2, 3, 4], async (ask, input) => {
      if (input === 0) await held
      if (input === 4) release()
      return rankOf(ask)
    })
    expect(taken).toEqual([0, 1, 1, 1, 1])
  })

  it("hands out nothing more after a failure, and fails with it", async () => {
    const begun: number[] = []
    const failing = crewOf(1).map([0, 1, 2, 3], (_, input) => {
      begun.push(input)
      return input === 1 ? Promise.reject(new Error("no")) : Promise.resolve(input)
    })
    await expect(failing).rejects.toThrow("no")
    expect(begun).toEqual([0, 1])
  })

  it.each([0, 1, 2])("may be larger than the work: %i chunks for four", async (count) => {
    const inputs = Array.from({ length: count }, (_, i) => i)
    for (const schedule of ["static", "dynamic"] as const)
      expect(await crewOf(4).map(inputs, (_, input) => Promise.resolve(input), { schedule })).toEqual(inputs)
  })
})

it("parts of a length cover it without gap or overlap", () => {
  for (const [length, parts] of [
    [10, 3],
    [3, 5],
    [0, 2],
    [1024, 7],
  ] as const) {
    expect(bounds(length, parts)).toHaveLength(parts + 1)
    expect(ranges(length, parts).flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
      Array.from({ length }, (_, i) => i),
    )
  }
})

it("a pace ends the work when nobody wants it any more", async () => {
  const stop = new AbortController()
  const pace = new Pace({ signal: stop.signal, onProgress: () => stop.abort() })
  const working = async (): Promise<void> => {
    for (;;) await pace.at(0.5)
  }
  await expect(working()).rejects.toMatchObject({ code: "ERR_CANCELLED" })
})

it("the registry is what the command line takes it for, and every example says what it teaches", async () => {
  // The compiler compares the shapes.
  const door: ExampleDoor<Awaited<ReturnType<(typeof registry.EXAMPLES)[number]["load"]>>> = registry
  expect(new Set(door.EXAMPLES.map(({ name }) => name)).size).toBe(door.EXAMPLES.length)
  for (const entry of door.EXAMPLES) {
    expect(entry.summary).toMatch(/^[A-Z].+[^.]$/)
    const { explanation } = await entry.load()
    expect(explanation.pattern).not.toBe("")
    expect(explanation.mapping).not.toBe("")
    expect(explanation.consider.length).toBeGreaterThan(1)
  }
})
