import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Command, CommandActor, type CommandLine, Pipeline, Pool, run } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { Commander } from "../fixtures/commander.js"
import { countBytes, sleepNoting } from "../fixtures/tasks.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf, PLACEMENTS, terminationOf } from "../support/outcome.js"
import { stateOf } from "../support/process-stat.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

describe("a command", () => {
  it("P10 gives what it prints, its status, and takes input", async () => {
    expect(await run(["echo", "one two"])).toEqual({ stdout: "one two\n", stderr: "", code: 0, signal: null })
    expect((await run(["cat"], { input: "from here" })).stdout).toBe("from here")
    expect((await run(["cat"], { input: new Uint8Array([0x68, 0x69]) })).stdout).toBe("hi")
    expect((await run(["sh", "-c", "echo $WORD; pwd"], { env: { WORD: "x" }, cwd: "/" })).stdout).toBe("x\n/\n")
    expect((await run(["grep", "x"], { input: "y", accept: [0, 1] })).code).toBe(1)
  })

  it("P10 no shell reads its arguments", async () => {
    const words = ["$HOME", "`id`", "a;b", "*", "'", '"', " "]
    expect((await run(["printf", "%s\\n", ...words])).stdout).toBe(`${words.join("\n")}\n`)
  })

  it("P10 stdin, stdout and stderr are streams", async () => {
    await using command = await Command.start([
      "sh",
      "-c",
      'while read -r line; do echo "got $line"; echo "erred $line" >&2; done',
    ])
    const lines: string[] = []
    command.stdin.write("one\n")
    for await (const chunk of command.stdout as AsyncIterable<Buffer>) {
      lines.push(chunk.toString("utf8"))
      if (lines.length === 1) command.stdin.end("two\n")
    }
    expect(lines.join("")).toBe("got one\ngot two\n")
    expect(await command.exit).toEqual({ code: 0, signal: null })
    const erred: Buffer[] = []
    for await (const chunk of command.stderr as AsyncIterable<Buffer>) erred.push(chunk)
    expect(Buffer.concat(erred).toString("utf8")).toBe("erred one\nerred two\n")
  })

  it("P10 a status that is no success, and a death by a signal, are errors that name the command and say how it ended", async () => {
    expect(await failureOf(run(["sh", "-c", "echo oh no >&2; exit 3"]))).toMatchObject({
      name: "CommandFailedError",
      code: "ERR_COMMAND_FAILED",
      data: { exitCode: 3, signal: null, stdout: "", stderr: "oh no\n", command: "sh -c echo oh no >&2; exit 3" },
    })
    expect(await failureOf(run(["sh", "-c", "kill -SEGV $$"]))).toMatchObject({
      code: "ERR_COMMAND_FAILED",
      data: { exitCode: null, signal: "SIGSEGV" },
    })
  })

  it("P10 what a program had printed when it failed, or took too long, is in the error", async () => {
    const said = { stdout: "so far\n", stderr: "and why\n" }
    const says = "echo so far; echo and why >&2"
    expect(await failureOf(run(["sh", "-c", `${says}; exit 3`]))).toMatchObject({ code: "ERR_COMMAND_FAILED", data: said })
    const slow = run(["sh", "-c", `${says}; sleep 600`], { timeoutMs: 1000 })
    expect(await failureOf(slow)).toMatchObject({ code: "ERR_COMMAND_TIMED_OUT", data: { timeoutMs: 1000, ...said } })
  })

  it("P10 input that is neither text nor bytes is refused before anything is started", async () => {
    const marker = join(tempDir(), "started")
    for (const input of [5, null, {}, new TransformStream()])
      expect(await failureOf(run(["touch", marker], { input: input as never }))).toMatchObject({
        code: "ERR_BAD_OPTION",
        data: { option: "input" },
      })
    expect(existsSync(marker)).toBe(false)
  })

  it("P10 a program that is not there, may not be run, or has no directory to run in, is an error that says so", async () => {
    const dir = tempDir()
    const plain = join(dir, "plain")
    writeFileSync(plain, "text")
    const missing = await failureOf(run(["no-such-program", "x"]))
    expect(missing).toMatchObject({ code: "ERR_COMMAND_NOT_STARTED", data: { command: "no-such-program" } })
    expect(missing.message).toContain("PATH")
    expect((await failureOf(run([plain]))).message).toContain("may not be run")
    expect((await failureOf(run(["ls"], { cwd: join(dir, "nowhere") }))).message).toContain("no directory")
    for (const line of [[], [""], ["ls", 1], ["a\0b"], "ls"])
      expect(await codeOfFailure(run(line as unknown as CommandLine))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(run(["ls"], { shell: true } as object))).toBe("ERR_BAD_OPTION")
  })

  it("P10 one that takes too long is ended with its whole process group, also when it ignores SIGTERM or leaves the group", async () => {
    const file = join(tempDir(), "pids")
    const script = `trap "" TERM; sleep 600 & echo $! >> ${file}; setsid sleep 600 & echo $! >> ${file}; echo $$ >> ${file}; wait; wait; sleep 600`
    const failure = await failureOf(run(["sh", "-c", script], { timeoutMs: 500, graceMs: 100 }))
    expect(failure).toMatchObject({ code: "ERR_COMMAND_TIMED_OUT", data: { timeoutMs: 500 } })
    const pids = readFileSync(file, "utf8").trim().split("\n").map(Number)
    expect(pids).toHaveLength(3)
    expect(pids.filter((pid) => isAlive(pid))).toEqual([])
  })

  it("P10 what is left of one that has ended does not hold up its output for longer than it may take", async () => {
    const failure = await failureOf(run(["sh", "-c", "sleep 600 & exit 0"], { timeoutMs: 400 }))
    expect(failure.code).toBe("ERR_COMMAND_TIMED_OUT")
  })

  it("P10 one that prints more than is kept is ended; as a stream it may print for ever, and waits for its reader", async () => {
    const failure = await failureOf(run(["yes"], { maxOutputBytes: 100_000 }))
    expect(failure).toMatchObject({ code: "ERR_COMMAND_OUTPUT", data: { limit: 100_000 } })
    await using command = await Command.start(["yes"])
    let read = 0
    for await (const chunk of command.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      read += chunk.length
      if (read > 1_000_000) break
    }
    expect(isAlive(command.pid)).toBe(true)
    await command.kill()
    expect(isAlive(command.pid)).toBe(false)
    expect((await command.exit).signal).not.toBe(null)
  })

  it("P10 a signal that is aborted ends it", async () => {
    const controller = new AbortController()
    const command = await Command.start(["sleep", "600"], { signal: controller.signal })
    const output = codeOfFailure(command.output())
    controller.abort()
    expect(await output).toBe("ERR_CANCELLED")
    expect(isAlive(command.pid)).toBe(false)
    expect(await codeOfFailure(run(["ls"], { signal: AbortSignal.abort() }))).toBe("ERR_CANCELLED")
  })
})

describe("a pipeline of commands", () => {
  it("P10 each reads what the one before prints: ls -1 | grep", async () => {
    const dir = tempDir()
    for (const name of ["a.hkl", "b.hkl", "c.lst"]) writeFileSync(join(dir, name), "")
    await using pipeline = await Pipeline.start([
      ["ls", "-1", dir],
      ["grep", "hkl$"],
      ["sort", "-r"],
    ])
    expect((await pipeline.output()).stdout).toBe("b.hkl\na.hkl\n")
    expect(await pipeline.exits).toEqual([1, 2, 3].map(() => ({ code: 0, signal: null })))
  })

  it("P10 the first takes input, and a large one goes through unchanged", async () => {
    const input = Buffer.alloc(8_000_000, "0123456789\n")
    await using pipeline = await Pipeline.start([["cat"], ["cat"], ["wc", "-c"]], { input })
    expect((await pipeline.output()).stdout.trim()).toBe("8000000")
  })

  it("P10 a writer waits for a slow reader, and ends with one that has read enough", async () => {
    await using pipeline = await Pipeline.start([["yes"], ["head", "-n", "3"]])
    expect((await pipeline.output()).stdout).toBe("y\ny\ny\n")
    const [writer] = await pipeline.exits
    expect(writer?.code).not.toBe(0)

    const before = process.memoryUsage().rss
    await using slow = await Pipeline.start([["yes"], ["sleep", "600"]])
    const [yes] = slow.commands
    // It has filled the buffers between them, and sleeps in write.
    await eventually(() => stateOf(yes?.pid ?? 0) === "S")
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })

  it("P10 the first that failed is named, with what it said, and none is left when one cannot be started", async () => {
    const failing = await Pipeline.start([["sh", "-c", "echo broken >&2; exit 4"], ["cat"]])
    expect(await failureOf(failing.output())).toMatchObject({
      code: "ERR_COMMAND_FAILED",
      data: { exitCode: 4, stderr: "broken\n" },
    })
    const file = join(tempDir(), "pid")
    const started = Pipeline.start([["sh", "-c", `echo $$ > ${file}; exec sleep 600`], ["no-such-program"]])
    expect((await failureOf(started)).data).toEqual({ command: "no-such-program" })
    if (existsSync(file)) expect(isAlive(Number(readFileSync(file, "utf8")))).toBe(false)
    expect(await codeOfFailure(Pipeline.start([]))).toBe("ERR_BAD_OPTION")
  })
})

describe.each(PLACEMENTS)("a command and its owner: %s", (placement) => {
  it("P10 an owner that is killed takes its command along, with all that it has started", async () => {
    const owner = await system.spawn(Commander, { placement, restart: "temporary" })
    const pids = await owner.ask.begin()
    expect(pids.map((pid) => isAlive(pid))).toEqual([true, true])
    await system.kill(owner)
    await eventually(() => pids.every((pid) => !isAlive(pid)), { what: "the end of the command" })
  })

  it("P10 is asked for what it printed after its program has ended, for as long as it is told to stay", async () => {
    const args = { line: ["echo", "short"] as const, lingerMs: 20_000 }
    const ref = await system.spawn(CommandActor, { placement, restart: "temporary", args })
    expect(await ref.ask.exit()).toEqual({ code: 0, signal: null })
    expect((await ref.ask.output()).stdout).toBe("short\n")
    await system.stop(ref)
    for (const bad of [undefined, { line: ["true"], lingerMs: -1 }])
      expect(await failureOf(system.spawn(CommandActor, { placement, args: bad as never }))).toMatchObject({
        code: "ERR_START_FAILED",
        message: expect.stringMatching(/(args|lingerMs): expected /) as unknown,
      })
  })

  it("P10 a command is an actor: named, listed, asked, joined, and its end is the actor's", async () => {
    const name = `sorter-${placement}`
    const ref = await system.spawn(CommandActor, {
      name,
      placement,
      restart: "temporary",
      args: { line: ["sort"], input: "b\na\n" },
    })
    const ended = terminationOf(system, ref)
    const output = await ref.ask.output().catch((error: unknown) => error)
    // A program this short may be over before it is asked.
    if (!(output instanceof Error)) expect(output).toMatchObject({ stdout: "a\nb\n", code: 0 })
    expect((await ended).type).toBe("normal")

    const failing = await system.spawn(CommandActor, {
      placement,
      restart: "temporary",
      args: { line: ["sh", "-c", "sleep 0.2; exit 7"] },
    })
    expect(await failing.join()).toMatchObject({ type: "crashed", error: { code: "ERR_COMMAND_FAILED" } })

    const failure = await failureOf(system.spawn(CommandActor, { placement, args: { line: ["no-such-program"] } }))
    expect(failure).toMatchObject({ code: "ERR_START_FAILED", cause: { code: "ERR_COMMAND_NOT_STARTED" } })
  })

  it("P10 an actor that is stopped or killed ends its program", async () => {
    for (const end of ["stop", "kill"] as const) {
      const ref = await system.spawn(CommandActor, { placement, restart: "temporary", args: { line: ["sleep", "600"] } })
      const pid = await ref.ask.pid()
      expect(isAlive(pid)).toBe(true)
      await system[end](ref)
      await eventually(() => !isAlive(pid), { what: "the end of the program" })
    }
  })

  it("P10 a pool runs an external program per task, and a worker that is killed takes its program along", async () => {
    await using pool = await Pool.start(system, { placement, workers: 2 })
    const texts = ["", "a", "äö", "x".repeat(100_000)]
    expect(await pool.map(countBytes, texts)).toEqual(texts.map((text) => Buffer.byteLength(text)))
    const file = join(tempDir(), "pid")
    const slept = codeOfFailure(pool.apply(sleepNoting, [file]))
    const pid = await eventually(() => (existsSync(file) ? Number(readFileSync(file, "utf8")) || undefined : undefined))
    await pool.terminate()
    expect(await slept).toBe("ERR_POOL_CLOSED")
    if (placement !== "inline") await eventually(() => !isAlive(pid), { what: "the end of the program" })
    else process.kill(pid, "SIGKILL")
  })
})
