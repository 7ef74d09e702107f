// Supervision as the command line shows and changes it, over a real node.

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually } from "../support/eventually.js"
import { NodeProject } from "../support/node-project.js"

let project: NodeProject
beforeAll(async () => {
  project = await NodeProject.create([{ kind: "counter", name: "loner" }])
})
afterAll(() => project.close())

const SPEC = {
  strategy: "rest-for-one",
  intensity: { maxRestarts: 5 },
  children: [
    { id: "first", kind: "counter", name: "first" },
    { id: "second", kind: "counter", placement: "thread" },
    { id: "third", kind: "counter", name: "third", placement: "process" },
  ],
}
const answer = async (...args: readonly string[]): Promise<unknown> => {
  const { exit, stdout, stderr } = await project.cli(args)
  if (exit !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}
const statuses = async (): Promise<string[]> =>
  ((await answer("ask", "group", "listChildren")) as { id: string; status: string }[]).map(({ id, status }) => `${id} ${status}`)

describe("a supervisor on the command line", () => {
  it("S12 is refused with the field that is wrong, and nothing starts", async () => {
    expect((await project.cli(["up"])).exit).toBe(0)
    const args = JSON.stringify({ ...SPEC, strategy: "all" })
    const refused = await project.cli(["spawn", "supervisor", "--name", "group", "--args", args])
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringMatching(/^ERR_BAD_OPTION: strategy: expected/) as string })
    expect((await project.cli(["ps"])).stdout).not.toContain("group")
  })

  it("S1 starts its children, and troupe tree shows strategy, restarts left, placement and pid or thread", async () => {
    await answer("spawn", "supervisor", "--name", "group", "--args", JSON.stringify(SPEC), "--json")
    const { stdout } = await project.cli(["tree"])
    expect(stdout).toMatch(/group running \(supervisor, inline, pid \d+, rest-for-one, 5 restarts left\)/)
    expect(stdout).toMatch(/├─ first running \(counter, inline, pid \d+\)/)
    expect(stdout).toMatch(/├─ second \S+ running \(counter, thread, thread \d+\/\d+\)/)
    expect(stdout).toMatch(/└─ third running \(counter, process, pid \d+\)/)
  })

  it("S3 shows who was started again after a death, why, and what is left of the limit", async () => {
    const row = async (): Promise<{ pid: number; restarts: number; status: string } | undefined> =>
      (
        (await answer("ps", "--json")) as { actors: { name: string; pid: number; restarts: number; status: string }[] }
      ).actors.find(({ name }) => name === "third")
    process.kill((await row())?.pid ?? 0, "SIGKILL")
    await eventually(async () => (await row())?.restarts === 1 && (await row())?.status === "running", { timeoutMs: 20_000 })
    const { stdout } = await project.cli(["tree"])
    expect(stdout).toContain("rest-for-one, 4 restarts left")
    expect(stdout).toMatch(/third running \(counter, process, pid \d+, 1 restart, last exit signalled \(SIGKILL\)\)/)
    expect((await project.cli(["why", "third"])).stdout).toContain("signalled (SIGKILL)")
  })

  it("remembers of an actor that is not there any more that it ended in order, until the name is taken again", async () => {
    const spawn = (): Promise<unknown> => answer("spawn", "counter", "--name", "brief", "--json")
    await spawn()
    expect((await project.cli(["ask", "brief", "increment", '{"by":"x"}'])).stderr).toMatch(/^ERR_BAD_MESSAGE: .*by/)
    await project.cli(["stop", "brief"])
    expect((await project.cli(["why", "brief"])).stdout).toMatch(/^brief ended in order at 20\S+Z: shutdown/)
    expect((await project.cli(["ask", "brief", "value"])).stderr).toContain('"troupe why brief" tells how it ended')
    await spawn()
    expect((await project.cli(["why", "brief"])).stdout).toBe("brief has not died\n")
    await project.cli(["kill", "brief"])
  })

  it("adds, stops, starts, replaces and removes a child", async () => {
    await answer("ask", "group", "startChild", '{"id": "fourth", "kind": "counter", "name": "fourth"}')
    expect(await answer("ask", "fourth", "increment")).toBe(1)
    await answer("ask", "group", "stopChild", '{"id": "first"}')
    expect(await statuses()).toEqual(["first stopped", "second running", "third running", "fourth running"])
    await answer("ask", "group", "restartChild", '{"id": "first"}')
    await answer("ask", "group", "replaceChild", '{"id": "fourth", "kind": "greeter", "name": "fourth"}')
    expect(await answer("ask", "fourth", "greet", '{"name": "Ada"}')).toBe("Hello, Ada!")
    await answer("ask", "group", "removeChild", '{"id": "second"}')
    expect(await statuses()).toEqual(["first running", "third running", "fourth running"])
    expect(await project.cli(["ask", "group", "stopChild", '{"id": "second"}'])).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^ERR_NO_CHILD/) as string,
    })
  })

  it("A4 says by which rung an actor ended and how long that took, and ends a supervisor with its children", async () => {
    const killed = await project.cli(["kill", "third"])
    expect(killed.stdout).toMatch(/^third ended by kill after .*: killed/)
    expect(await statuses()).toEqual(["first running", "third stopped", "fourth running"])
    expect((await project.cli(["stop", "group"])).stdout).toMatch(/^group ended by stop after .*: shutdown/)
    const { stdout } = await project.cli(["tree"])
    expect(stdout.split("\n").slice(1)).toEqual([expect.stringContaining("└─ loner running"), ""])
  })

  it("refuses to kill what cannot be: the root, an unknown name", async () => {
    expect(await project.cli(["kill", "nobody"])).toMatchObject({
      exit: 4,
      stderr: expect.stringMatching(/^ERR_NO_ACTOR: nobody/) as string,
    })
    const root = await project.cli(["kill", "node"])
    expect(root.exit).toBe(4)
    expect(root.stderr).toMatch(/troupe down/)
  })
})
