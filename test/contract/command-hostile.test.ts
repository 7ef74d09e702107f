// Commands that are given what no program can be given, and programs that do not end with who started them.

import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { Command, type CommandOptions, Pipeline, run } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { Commander } from "../fixtures/commander.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

/** The processes of this machine, by a word in their command line that none but the test's has. */
const processesWith = (word: string): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return Number.isInteger(pid) && readFileSync(`/proc/${String(pid)}/cmdline`, "latin1").includes(word)
      } catch {
        return false
      }
    })

describe("a command", () => {
  it("P10 that is given what is no option is not started", async () => {
    const seconds = `600.${String(process.pid)}1`
    const wrong: Record<string, unknown>[] = [
      ...[5, null, {}, ["x"]].map((input) => ({ input })),
      ...[5, "/tmp\0x", null].map((cwd) => ({ cwd })),
      ...[null, 5, { A: 5 }, { A: "a\0b" }, { "A\0": "b" }, { "A=B": "c" }].map((env) => ({ env })),
    ]
    for (const options of wrong)
      expect(await codeOfFailure(run(["sleep", seconds], options as CommandOptions))).toBe("ERR_BAD_OPTION")
    // A hole is no word.
    const holed = ["echo"] as [string, ...string[]]
    holed[2] = "x"
    expect(await codeOfFailure(run(holed))).toBe("ERR_BAD_OPTION")
    expect(processesWith(seconds)).toEqual([])
  })

  it("P10 that the operating system does not start says why, whatever the reason", async () => {
    const long = "x".repeat(10_000)
    expect((await failureOf(run(["echo", "x".repeat(2 ** 20)]))).message).toContain("more than the system takes")
    for (const [program, cwd] of [[long], [`/${long}`], ["/etc/passwd/x"], ["/tmp"], ["echo", "/etc/passwd"]] as const)
      expect(await codeOfFailure(run([program], cwd === undefined ? {} : { cwd }))).toBe("ERR_COMMAND_NOT_STARTED")
  })

  it("P10 says what it printed to everyone who asks", async () => {
    const command = await Command.start(["echo", "once"])
    const [one, other] = await Promise.all([command.output(), command.output()])
    expect([one.stdout, other.stdout, (await command.output()).stdout]).toEqual(["once\n", "once\n", "once\n"])
  })

  it("P10 in the middle of a pipeline that dies is the one that failed", async () => {
    const pipeline = await Pipeline.start([["yes"], ["sh", "-c", "head -c 100 > /dev/null; exit 3"], ["cat"]])
    expect(await failureOf(pipeline.output())).toMatchObject({ code: "ERR_COMMAND_FAILED", data: { exitCode: 3 } })
  })
})

describe("a thread that is killed", () => {
  it.each([
    ["has left its group", "setsid sleep 600 & echo $!; wait"],
    ["outlived its first program", "sleep 600 & echo $!"],
    ["ignores SIGTERM", 'trap "" TERM; sleep 600 & echo $!; wait; sleep 600'],
  ])("P10 takes along what %s", async (_, script) => {
    const owner = await system.spawn(Commander, { placement: "thread", restart: "temporary" })
    const pids = await owner.ask.begin(script)
    expect(isAlive(pids[1] ?? 0)).toBe(true)
    if (script.endsWith("$!")) await eventually(() => !isAlive(pids[0] ?? 0))
    await system.kill(owner)
    await eventually(() => pids.every((pid) => !isAlive(pid)), { what: "the end of all" })
  })

  it("P10 takes its commands along also when their guard had been killed before", async () => {
    const owner = await system.spawn(Commander, { placement: "thread", restart: "temporary" })
    const before = new Set(processesWith("troupe-command-guard"))
    const pids = await owner.ask.begin()
    const guards = (): number[] => processesWith("troupe-command-guard").filter((pid) => !before.has(pid))
    const [guard] = await eventually(() => (guards().length === 1 ? guards() : undefined))
    process.kill(guard ?? 0, "SIGKILL")
    await eventually(() => guards().length === 1 && guards()[0] !== guard, { what: "another guard" })
    await system.kill(owner)
    await eventually(() => pids.every((pid) => !isAlive(pid)), { what: "the end of the command" })
  })
})
