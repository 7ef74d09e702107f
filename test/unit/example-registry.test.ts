// What the examples have in common: how long work lets others have a turn, and what the command line asks of them.

import { expect, it } from "vitest"
import { Pace } from "../../actors/examples/harness/pace.js"
import * as registry from "../../actors/examples/registry.js"
import type { ExampleDoor } from "../../runtime/cli/example-door.js"

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
