// Commands at their edges: what cannot be started, programs that do not read or write as they should, and what is left of them.

import { chmodSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  type ActorRef,
  Command,
  CommandActor,
  type CommandLine,
  type CommandOptions,
  Pipeline,
  run,
} from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { stateOf, statOf } from "../support/process-stat.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
/** More than a pipe of the operating system holds. */
const LARGE = "x".repeat(3_000_000)

describe("a command that cannot be started", () => {
  it("P10 is refused for variables, a directory or an input that no program can be given, before anything runs", async () => {
    const file = join(tempDir(), "ran")
    for (const options of [
      { env: { A: "b\0c" } },
      { env: { "A\0": "b" } },
      { env: { "A=B": "c" } },
      { env: { "": "c" } },
      { env: { A: 5 } },
      { env: "A=1" },
      { cwd: "/tmp\0" },
      { cwd: 5 },
      { cwd: "" },
      { input: 5 },
      { input: ["text"] },
    ])
      expect(await codeOfFailure(run(["touch", file], options as unknown as CommandOptions))).toBe("ERR_BAD_OPTION")
    expect(readdirSync(join(file, ".."))).toEqual([])
    expect((await run(["sh", "-c", "echo $A"], { env: { A: "b=c", B: undefined } })).stdout).toBe("b=c\n")
  })

  it("P10 says what is wrong: more arguments than the system takes, a script for a program that is not there, a directory", async () => {
    const script = join(tempDir(), "script")
    writeFileSync(script, "#!/no/such/program\n")
    chmodSync(script, 0o755)
    for (const [line, words] of [
      [["true", LARGE], "more than the system takes"],
      [[script], "first line"],
      [[tempDir()], "may not be run"],
    ] as const) {
      const failure = await failureOf(run(line))
      expect(failure.code).toBe("ERR_COMMAND_NOT_STARTED")
      expect(failure.message).toContain(words)
    }
    expect(await codeOfFailure(Command.start(["true", LARGE]))).toBe("ERR_COMMAND_NOT_STARTED")
  })

  it("P10 leaves no file open and no dead process, however often it is tried; nor does one that ran", async () => {
    const open = (): number => readdirSync("/proc/self/fd").length
    const before = open()
    for (let n = 0; n < 50; n++)
      await Promise.all(
        [["no-such-program"], ["true", LARGE], ["true"], ["false"]].map((line) => outcomeOf(run(line as [string]))),
      )
    await eventually(() => open() <= before + 3, { what: "the files closed" })
    await eventually(() => zombies().length === 0, { what: "no dead child" })
  })
})

describe("a command and its streams", () => {
  it("P10 takes more input than it reads, and reads and prints more than pipes hold at once", async () => {
    expect(await run(["true"], { input: LARGE })).toMatchObject({ code: 0, stdout: "" })
    expect((await run(["cat"], { input: LARGE })).stdout).toBe(LARGE)
    const both = await run(["sh", "-c", "head -c 10; head -c 3000000 /dev/zero | tr '\\0' e >&2; cat"], { input: LARGE })
    expect([both.stdout === LARGE, both.stderr.length]).toEqual([true, 3_000_000])
    await using pipeline = await Pipeline.start([["true"], ["cat"]], { input: LARGE })
    expect((await pipeline.output()).stdout).toBe("")
  })

  it("P10 is written to after its end without harm", async () => {
    const command = await Command.start(["true"])
    await command.exit
    command.stdin.write(LARGE)
    command.stdin.end("more")
    expect(await command.output()).toMatchObject({ code: 0 })
  })

  it("P10 gives what it printed again when asked again, also what went wrong", async () => {
    const command = await Command.start(["sh", "-c", "echo out; echo err >&2"])
    const output = { stdout: "out\n", stderr: "err\n", code: 0, signal: null }
    expect(await Promise.all([command.output(), command.output()])).toEqual([output, output])
    expect(await command.output()).toEqual(output)
    const failing = await Command.start(["sh", "-c", "echo bad >&2; exit 2"])
    for (let n = 0; n < 2; n++)
      expect(await failureOf(failing.output())).toMatchObject({ data: { exitCode: 2, stderr: "bad\n" } })
  })

  it("P10 passes text as UTF-8 both ways, and marks what is none", async () => {
    expect((await run(["printf", "%s", "é😀"])).stdout).toBe("é😀")
    expect((await run(["cat"], { input: "é😀" })).stdout).toBe("é😀")
    expect((await run(["printf", "\\377a"])).stdout).toBe("\ufffda")
  })

  it("P10 has three files open, whatever the program has", async () => {
    const { stdout } = await run(["sh", "-c", "ls /proc/$$/fd"])
    expect(stdout.trim().split("\n").map(Number).filter((fd) => fd < 10)).toEqual([0, 1, 2]) // prettier-ignore
  })
})

describe("the end of a command", () => {
  it("P10 may be asked for when it has come, and more than once", async () => {
    const command = await Command.start(["true"])
    await command.exit
    await Promise.all([command.kill(), command.kill()])
    await command.kill()
    expect(await command.exit).toEqual({ code: 0, signal: null })
    const pipeline = await Pipeline.start([["yes"], ["sleep", "600"]])
    await pipeline.kill()
    await pipeline.kill()
    expect((await pipeline.exits).map(({ signal }) => signal)).toEqual(["SIGTERM", "SIGTERM"])
  })

  it("P10 is known to all who wait for it, and reaches one that is stopped", async () => {
    const command = await Command.start(["sleep", "600"], { graceMs: 100 })
    const output = codeOfFailure(command.output())
    const exits = [command.exit, command.exit]
    process.kill(command.pid, "SIGSTOP")
    await eventually(() => stateOf(command.pid) === "T")
    await command.kill()
    expect(isAlive(command.pid)).toBe(false)
    expect((await Promise.all(exits)).map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"])
    expect(await output).toBe("ERR_CANCELLED")
  })

  it("P10 is no error where it was stopped and went on", async () => {
    const command = await Command.start(["cat"])
    process.kill(command.pid, "SIGSTOP")
    await eventually(() => stateOf(command.pid) === "T")
    command.stdin.end("late")
    process.kill(command.pid, "SIGCONT")
    expect(await command.output()).toMatchObject({ stdout: "late", code: 0, signal: null })
  })
})

describe.each(PLACEMENTS)("a command as an actor, with open streams: %s", (placement) => {
  const spawn = (line: CommandLine, more: object = {}): Promise<ActorRef<CommandActor>> =>
    system.spawn(CommandActor, { placement, restart: "temporary", args: { line, streams: "open", ...more } })
  const text = (chunk: Uint8Array | undefined): string | undefined =>
    chunk === undefined ? undefined : Buffer.from(chunk).toString()

  it("P10 is written to and read while it runs, and ends in order when all it printed has been read", async () => {
    const cat = await spawn(["cat"])
    const ended = cat.join()
    for (const line of ["one\n", "two\n"]) {
      await cat.ask.write(line)
      expect(text(await cat.ask.read())).toBe(line)
    }
    await cat.ask.write(new Uint8Array([0x68, 0x69]))
    await cat.ask.endInput()
    expect(text(await cat.ask.read())).toBe("hi")
    expect(await codeOfFailure(cat.ask.write("late"))).toBe("ERR_CLOSED")
    expect(await cat.ask.read()).toBeUndefined()
    expect((await ended).type).toBe("normal")
  })

  it("P10 keeps its stderr apart, and ends as crashed with that when its program fails", async () => {
    const failing = await spawn(["sh", "-c", "echo out; echo err >&2; exit 3"])
    expect(text(await failing.ask.read({ from: "stderr" }))).toBe("err\n")
    expect(await failing.ask.read({ from: "stderr" })).toBeUndefined()
    // What it printed waits, and so does its end.
    expect(await failing.ask.exit()).toEqual({ code: 3, signal: null })
    expect(await failing.isAlive()).toBe(true)
    expect(text(await failing.ask.read())).toBe("out\n")
    const last = outcomeOf(failing.ask.read())
    expect(await failing.join()).toMatchObject({ type: "crashed", error: { code: "ERR_COMMAND_FAILED" } })
    expect(await last).toBe("answered")
  })

  it("P10 makes its program wait for a slow reader, and its writer for a slow program, and loses nothing", async () => {
    const cat = await spawn(["cat"])
    const pieces = Array.from({ length: 40 }, (_, n) => String(n % 10).repeat(100_000))
    const state = { written: 0 }
    const writing = (async () => {
      for (const piece of pieces) {
        await cat.with({ timeoutMs: 25_000 }).ask.write(piece)
        state.written++
      }
      await cat.ask.endInput()
    })()
    // Nothing goes on while nobody reads.
    await eventually(async () => {
      const before = state.written
      for (let n = 0; n < 50; n++) await cat.ask.pid()
      return before > 0 && state.written === before
    })
    expect(state.written).toBeLessThan(pieces.length)
    const read: Uint8Array[] = []
    for (let chunk = await cat.ask.read(); chunk !== undefined; chunk = await cat.ask.read()) read.push(chunk)
    await writing
    expect(Buffer.concat(read).toString()).toBe(pieces.join(""))
    expect((await cat.join()).type).toBe("normal")
  })

  it("P10 is stopped and killed like any other, whoever waits for its streams", async () => {
    for (const end of ["stop", "kill"] as const) {
      const yes = await spawn(["yes"])
      expect(text(await yes.ask.read())).toMatch(/^y\n/)
      const pid = await yes.ask.pid()
      await system[end](yes)
      await eventually(() => !isAlive(pid), { what: "the end of the program" })
    }
    const deaf = await spawn(["sleep", "600"])
    const [reading, writing] = [outcomeOf(deaf.ask.read()), outcomeOf(deaf.ask.write(LARGE))]
    await deaf.ask.pid()
    await system.kill(deaf)
    expect([await reading, await writing].filter((outcome) => outcome === "ERR_TIMED_OUT")).toEqual([])
  })

  it("P10 refuses what is no stream, and is asked for its output instead where that is kept", async () => {
    const cat = await spawn(["cat"])
    expect(await codeOfFailure(cat.ask.write(5 as unknown as string))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(cat.ask.read({ from: "stdin" as "stdout" }))).toBe("ERR_BAD_OPTION")
    await system.stop(cat)
    const failure = await failureOf(spawn(["cat"], { streams: "wide" }))
    expect(failure).toMatchObject({ code: "ERR_START_FAILED", cause: { code: "ERR_BAD_OPTION" } })
    const kept = await spawn(["sh", "-c", "sleep 600"], { streams: "kept" })
    expect(await codeOfFailure(kept.ask.read())).toBe("ERR_UNAVAILABLE")
    expect(await codeOfFailure(kept.ask.write("x"))).toBe("ERR_CLOSED")
    await system.kill(kept)
  })
})

/** The dead children that nobody has asked about. */
function zombies(): number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger)
  return pids.filter((pid) => {
    const [state, parent] = statOf(pid) ?? []
    return state === "Z" && Number(parent) === process.pid
  })
}
