// troupe events against a real nats-server.

import { spawn } from "node:child_process"
import { describe, expect, it, onTestFinished } from "vitest"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { testBus } from "../support/bus.js"
import { cliProject, useCliProjects } from "../support/cli-project.js"
import type { DoubleNode } from "../support/double-node.js"
import { eventually } from "../support/eventually.js"
import { CLI, cliEnv, runCli, startCli, type RunningCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

const { projectWith } = useCliProjects()

interface Line {
  readonly at: string
  readonly topic: string
  readonly data: unknown
}

function linesOf(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line)
}

/** Nothing says when it listens, since stdout holds events alone: so a topic is published until it shows. */
async function untilListening(cli: RunningCli, node: DoubleNode, topic = "probe"): Promise<void> {
  await eventually(() => {
    node.publish(topic, '"are you there"')
    return cli.stdout().includes(topic)
  })
}

describe("troupe events", () => {
  it("prints one line of JSON per event, in order, whatever its encoding", async () => {
    const { node, cwd } = await projectWith()
    const cli = startCli(["events"], { cwd })
    await untilListening(cli, node)
    node.publish("clock.tick", '{\n "n": 1 }')
    node.publish(
      "clock.tick",
      new MsgpackCodec().encode({ n: 2n, when: new Date(0), tags: new Set(["a"]) }),
      "application/msgpack",
    )
    node.publish("quiet", "")
    node.publish("odd.text", JSON.stringify("line\nend \u009b2J"))
    node.publish("last", "null")
    await eventually(() => cli.stdout().includes('"last"'))
    cli.child.kill("SIGINT")
    const { exit, stdout, stderr } = await cli.ended
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" })
    expect(stdout).not.toContain("\u009b")
    const lines = linesOf(stdout).filter(({ topic }) => topic !== "probe")
    expect(lines.map(({ topic, data }) => [topic, data])).toEqual([
      ["clock.tick", { n: 1 }],
      ["clock.tick", { n: "2", when: "1970-01-01T00:00:00.000Z", tags: ["a"] }],
      ["quiet", null],
      ["odd.text", "line\nend \u009b2J"],
      ["last", null],
    ])
    for (const { at } of lines) expect(new Date(at).toISOString()).toBe(at)
  })

  it("prints the events of a pattern alone, and ends after a count", async () => {
    const { node, cwd } = await projectWith()
    const cli = startCli(["events", "actor.*.crashed", "--count", "3", "--json"], { cwd })
    await eventually(() => {
      node.publish("actor.a.started", "1")
      node.publish("actor.a.crashed", "2")
      return cli.child.exitCode !== null
    })
    const { exit, stdout } = await cli.ended
    expect(exit).toBe(0)
    expect(linesOf(stdout).map(({ topic }) => topic)).toEqual(Array(3).fill("actor.a.crashed"))
  })

  it("says on stderr what it cannot decode, and goes on", async () => {
    const { node, cwd } = await projectWith()
    const cli = startCli(["events"], { cwd })
    await untilListening(cli, node)
    node.publish("bad", "{nonsense")
    node.publish("bad", Buffer.from([0xc1, 0xff]), "application/msgpack")
    node.publish("good", "1")
    await eventually(() => cli.stdout().includes('"good"'))
    cli.child.kill("SIGTERM")
    const { exit, stderr } = await cli.ended
    expect(exit).toBe(0)
    expect(stderr.match(/^ERR_UNDECODABLE: malformed (JSON|msgpack): the event bad cannot be shown/gm)).toHaveLength(2)
  })

  it("ends quietly when its reader has gone", async () => {
    const { node, cwd } = await projectWith()
    const shell = spawn("sh", ["-c", '"$0" "$1" events | head -n 1', process.execPath, CLI], {
      cwd,
      env: cliEnv(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    })
    onTestFinished(() => {
      if (shell.exitCode === null && shell.pid !== undefined) process.kill(-shell.pid, "SIGKILL")
    })
    let stdout = ""
    let stderr = ""
    shell.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    shell.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    await eventually(() => {
      node.publish("tick", "1")
      return shell.exitCode !== null
    })
    expect(linesOf(stdout)).toHaveLength(1)
    expect(stderr).toBe("")
  })

  it("listens on after the bus came back", async () => {
    const own = await testBus()
    const { node, cwd } = await cliProject(own)
    const cli = startCli(["events"], { cwd })
    await untilListening(cli, node, "before")
    await own.kill()
    await own.restart()
    await untilListening(cli, node, "after")
    cli.child.kill("SIGINT")
    expect(await cli.ended).toMatchObject({ exit: 0, stderr: "" })
  })

  it("refuses what is no topic and what is no count", async () => {
    const cwd = tempDir()
    expect(await runCli(["events", "a..b"], { cwd })).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/^ERR_BAD_OPTION: /) as string,
    })
    expect(await runCli(["events", "--count", "0"], { cwd })).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/^ERR_USAGE: /) as string,
    })
  })
})
