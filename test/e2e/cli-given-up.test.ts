// What the command line says of an actor that was there once, against a stand-in for the node on a real nats-server.

import { describe, expect, it } from "vitest"
import { testBus } from "../support/bus.js"
import { cliProject, type CliProject, listing } from "../support/cli-project.js"
import { Refusal } from "../support/double-node.js"

const DEATH = { at: "2026-11-22T10:00:00.000Z", incarnation: 4, reason: { type: "crashed", known: "thrown-error" } }

async function project(deaths: readonly unknown[], restarts?: number): Promise<CliProject> {
  return cliProject(await testBus(), {
    ...listing(),
    why: (body) => {
      if (deaths.length === 0 && restarts === undefined) return new Refusal("ERR_NO_ACTOR", "there is no such actor")
      return { ...(body as { name: string }), deaths, ...(restarts === undefined ? {} : { restarts }) }
    },
  })
}

describe("an actor that is not there", () => {
  it.each(["ask", "tell"])("whose deaths the node knows: %s points to troupe why", async (command) => {
    const { run } = await project([DEATH])
    const { exit, stderr } = await run(command, "doomed", "value")
    expect(exit).toBe(4)
    expect(stderr).toMatch(/^ERR_NO_ACTOR: doomed: .*"troupe why doomed" tells how it ended/)
  })

  it.each(["ask", "tell"])("that never was: %s does not", async (command) => {
    const { run } = await project([])
    const { exit, stderr } = await run(command, "nobody", "value")
    expect(exit).toBe(4)
    expect(stderr).not.toContain("troupe why")
  })
})

describe("troupe why", () => {
  it("says of an actor that ended in order when and how, after the deaths it had", async () => {
    const { run } = await cliProject(await testBus(), {
      ...listing(),
      why: (body) => ({
        ...(body as { name: string }),
        deaths: [DEATH],
        ended: { at: DEATH.at, reason: { type: "shutdown", known: "requested" } },
      }),
    })
    expect((await run("why", "done")).stdout).toMatch(
      /incarnation 4 [^]*\n\ndone ended in order at 2026-11-22T10:00:00.000Z: shutdown\n$/,
    )
  })

  it("says of an actor without deaths how often it was started again", async () => {
    const { run } = await project([], 2)
    expect((await run("why", "again")).stdout).toMatch(/^again has not died; it was started again on request \(restarts: 2\)/)
  })
})
