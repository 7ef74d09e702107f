// Asking and telling from the command line, against a stand-in for the node on a real nats-server.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { testBus } from "../support/bus.js"
import { cliProject, listing, oneLine, useCliProjects } from "../support/cli-project.js"
import { PROGRAM, psRow, RawAnswer, Refusal, SILENCE } from "../support/double-node.js"
import { eventually } from "../support/eventually.js"
import { callCli, runCli, startCli } from "../support/run-cli.js"

const { projectWith } = useCliProjects()

describe("troupe ask", () => {
  it("M3 tries once, however short its time is, and does not say that an actor which runs is down", async () => {
    const { node, run } = await projectWith(listing(psRow("counter")))
    node.actor("counter", { value: () => SILENCE })
    await node.ready()
    const { exit, stderr } = await run("ask", "counter", "value", "--timeout", "1ms")
    expect({ exit, stderr }).toEqual({
      exit: 5,
      stderr: expect.stringMatching(/^ERR_TIMED_OUT: .*longer with --timeout/) as string,
    })
  })

  it("prints the answer as one line of JSON and nothing else", async () => {
    const { node, cwd } = await projectWith()
    node.actor("counter", { add: (body) => ({ got: body }) })
    await node.ready()
    expect(await runCli(["ask", "counter", "add", '{"by":2}'], { cwd })).toEqual({
      exit: 0,
      stdout: '{"got":{"by":2}}\n',
      stderr: "",
    })
  })

  it("sends no body when there is no input, and its deadline as a header", async () => {
    const { node, run } = await projectWith()
    node.actor("counter", { value: () => undefined })
    await node.ready()
    expect(await run("ask", "counter", "value", "--timeout", "1500ms")).toMatchObject({ exit: 0, stdout: "null\n" })
    const [seen] = node.seen
    expect(seen).toMatchObject({ subject: "troupe.counter.value", body: undefined, replies: true })
    expect(Number(seen?.timeoutHeader)).toBeGreaterThan(1000)
    expect(Number(seen?.timeoutHeader)).toBeLessThanOrEqual(1500)
  })

  it("takes its input from stdin and from a file, and negative numbers as they are", async () => {
    const { node, cwd, run } = await projectWith()
    node.actor("echo", { it: (body) => body })
    await node.ready()
    writeFileSync(join(cwd, "in.json"), '{"from":"file"}')
    expect(await runCli(["ask", "echo", "it", "-"], { cwd, input: '{"from":"stdin"}' })).toMatchObject({
      stdout: '{"from":"stdin"}\n',
    })
    expect(await run("ask", "echo", "it", "@in.json")).toMatchObject({ exit: 0, stdout: '{"from":"file"}\n' })
    expect(await run("ask", "echo", "it", "-5")).toMatchObject({ exit: 0, stdout: "-5\n" })
  })

  it("passes the answer on exactly, on one line, without characters that move a terminal", async () => {
    const { node, run } = await projectWith()
    node.actor("odd", {
      big: () => new RawAnswer("12345678901234567890"),
      lines: () => new RawAnswer('{\n  "a": 1\n}\n'),
      csi: () => new RawAnswer('"\u009b2J"'),
      empty: () => new RawAnswer(""),
      garbage: () => new RawAnswer("<html>"),
    })
    await node.ready()
    expect(await run("ask", "odd", "big")).toMatchObject({ exit: 0, stdout: "12345678901234567890\n" })
    expect(await run("ask", "odd", "lines")).toMatchObject({ exit: 0, stdout: '{"a":1}\n' })
    expect(await run("ask", "odd", "csi")).toMatchObject({ exit: 0, stdout: '"\\u009b2J"\n' })
    expect(await run("ask", "odd", "empty")).toMatchObject({ exit: 0, stdout: "null\n" })
    expect(await run("ask", "odd", "garbage")).toMatchObject({
      exit: 1,
      stdout: "",
      stderr: expect.stringMatching(/^ERR_UNDECODABLE: /) as string,
    })
  })

  it("M2 tells the actor's errors apart by exit code, each in one line on stderr", async () => {
    const { node, run } = await projectWith(listing(psRow("bad")))
    node.actor("bad", {
      own: () => new Refusal("E_PAINT", "out of paint\nfor good", { colour: "red" }),
      late: () => new Refusal("ERR_TIMED_OUT", "bad.late: no answer within 100 ms; whether it was handled is unknown"),
      message: () => new Refusal("ERR_BAD_MESSAGE", "bad.message: bad message: by: expected number"),
      down: () => new Refusal("ERR_BUS_UNREACHABLE", "some other bus"),
    })
    await node.ready()
    const outcomes = await Promise.all(
      ["own", "late", "message", "down", "none"].map(async (handler) => run("ask", "bad", handler)),
    )
    expect(outcomes.map(({ exit }) => exit)).toEqual([1, 5, 1, 1, 4])
    for (const { stdout, stderr } of outcomes) {
      expect(stdout).toBe("")
      expect(stderr).toMatch(oneLine)
    }
    expect(outcomes[0]?.stderr).toBe("E_PAINT: out of paint for good\n")
    expect(outcomes[4]?.stderr).toContain("ERR_NO_HANDLER: bad has no handler 'none'; it has: own, late, message, down")
    const { stderr } = await run("ask", "bad", "own", "--json")
    expect(JSON.parse(stderr)).toEqual({ code: "E_PAINT", message: "out of paint\nfor good", colour: "red" })
  })

  it("M3 ends with 5 a little after its time when nothing answers", async () => {
    const { node, run } = await projectWith(listing(psRow("deaf")))
    node.actor("deaf", { hear: () => SILENCE })
    await node.ready()
    const { exit, stderr } = await run("ask", "deaf", "hear", "--timeout", "200ms")
    expect(exit).toBe(5)
    expect(stderr).toMatch(/^ERR_TIMED_OUT: deaf\.hear: no answer within 200 ms; .*--timeout/)
  })

  it("says that there is no such actor, and which name is near", async () => {
    const { run } = await projectWith(listing(psRow("counter"), psRow("greeter")))
    expect(await run("ask", "conuter", "value")).toEqual({
      exit: 4,
      stdout: "",
      stderr: 'ERR_NO_ACTOR: conuter: there is no such actor (did you mean "counter"?); "troupe ps" lists the actors there are\n',
    })
    expect((await run("ask", "zzz", "value")).stderr).not.toContain("did you mean")
  })

  it("waits for an actor that is restarting", async () => {
    let looks = 0
    const { node, run } = await projectWith({
      ps: () => {
        looks += 1
        if (looks === 2) node.actor("flaky", { value: () => 42 })
        return { program: PROGRAM, actors: [psRow("flaky", { status: "restarting" })] }
      },
    })
    expect(await run("ask", "flaky", "value")).toEqual({ exit: 0, stdout: "42\n", stderr: "" })
    expect(looks).toBeGreaterThanOrEqual(2)
  })

  it("gives up with 5 when it stays so, and with 1 when the actor is leaving", async () => {
    const { run } = await projectWith(listing(psRow("flaky", { status: "restarting" }), psRow("tired", { status: "draining" })))
    const [flaky, tired] = await Promise.all([run("ask", "flaky", "value", "--timeout", "300ms"), run("ask", "tired", "value")])
    expect(flaky).toMatchObject({
      exit: 5,
      stderr: expect.stringMatching(/^ERR_NOT_DELIVERED: flaky: .*restarting.*300 ms/) as string,
    })
    expect(tired).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^ERR_STOPPING: tired: .*draining/) as string })
  })

  it("refuses an input that the bus cannot carry, with its size", async () => {
    const { cwd } = await projectWith()
    const input = JSON.stringify("x".repeat(5 * 1024 * 1024))
    const { exit, stderr } = await callCli(["ask", "counter", "add", "-"], { cwd, input })
    expect({ exit, stderr }).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/^ERR_TOO_LARGE: .*5242882 bytes/) as string,
    })
  })
})

describe("troupe tell", () => {
  const kinds = { kinds: [{ kind: "counter", handlers: [{ name: "increment" }] }], problems: [] }

  it("prints nothing and asks for no answer", async () => {
    const { node, run } = await projectWith({ ...listing(psRow("counter")), describe: () => kinds })
    node.actor("counter", { increment: () => SILENCE })
    await node.ready()
    expect(await run("tell", "counter", "increment", '{"by":2}')).toEqual({ exit: 0, stdout: "", stderr: "" })
    await eventually(() => node.seen.find(({ subject }) => subject === "troupe.counter.increment"))
    expect(node.seen.at(-1)).toMatchObject({ body: { by: 2 }, replies: false })
  })

  it("says when there is nobody to tell, or no such handler", async () => {
    const { run } = await projectWith({ ...listing(psRow("counter")), describe: () => kinds })
    expect(await run("tell", "countr", "increment")).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining('did you mean "counter"') as string,
    })
    expect(await run("tell", "counter", "explode")).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining("ERR_NO_HANDLER: counter has no handler 'explode'; it has: increment") as string,
    })
  })

  it("tells an actor of a kind that the node has no module of", async () => {
    const { run } = await projectWith({
      ...listing(psRow("counter")),
      describe: () => new Refusal("ERR_NO_KIND", "counter: there is no such kind"),
    })
    expect(await run("tell", "counter", "increment")).toMatchObject({ exit: 0 })
  })
})

describe("an interruption", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends a wait with %i", async (signal, exit) => {
    const { node, cwd } = await projectWith()
    node.actor("deaf", { hear: () => SILENCE })
    await node.ready()
    const cli = startCli(["ask", "deaf", "hear", "--timeout", "1m"], { cwd })
    await eventually(() => node.seen.length > 0)
    cli.child.kill(signal)
    expect(await cli.ended).toMatchObject({
      exit,
      stdout: "",
      stderr: expect.stringMatching(/^ERR_CANCELLED: [^\n]+\n$/) as string,
    })
  })

  it("by the end of the bus ends a wait with 3", async () => {
    const own = await testBus()
    const { node, cwd } = await cliProject(own)
    node.actor("deaf", { hear: () => SILENCE })
    await node.ready()
    const cli = startCli(["ask", "deaf", "hear", "--timeout", "1m"], { cwd })
    await eventually(() => node.seen.length > 0)
    await own.kill()
    expect(await cli.ended).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^ERR_BUS_UNREACHABLE: .*broke/) as string })
  })
})
