// `troupe run` as a user runs it: small problems, real threads and processes, nothing left behind.

import { execFileSync, spawn } from "node:child_process"
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { describe, expect, it, onTestFinished } from "vitest"
import { renderRows } from "../../actors/examples/ray-trace/scene.js"
import { EXAMPLES } from "../../actors/examples/registry.js"
import { eventually } from "../support/eventually.js"
import type { Survey } from "../../runtime/cli/survey.js"
import { projectRoot } from "../support/project-root.js"
import { callCli, CLI, cliEnv, runCli, startCli } from "../support/run-cli.js"
import { ownEnv, report } from "../support/run-example.js"
import { tempDir } from "../support/temp-dir.js"

/** Enough to be cut into several chunks, little enough to be quick. */
const SMALL: Readonly<Record<string, readonly string[]>> = {
  "ray-trace": ["--size", "24"],
  "merge-sort": ["--size", "300000"],
  fft: ["--size", "16384"],
  heat: ["--size", "2000"],
  matmul: ["--size", "200"],
  reduction: ["--size", "100000"],
  "prefix-scan": ["--size", "100000"],
  molecules: ["--size", "500"],
  "queue-network": ["--size", "300"],
  countdown: ["--size", "1000"],
  join: ["--size", "1000"],
  daemon: ["--size", "1000000"],
  kill: [],
  "account-manager": ["--size", "300"],
  reflections: ["--input", join(projectRoot, "test/fixtures/NaCl.hkl")],
  pipe: ["--size", "20000"],
  images: ["--size", "3"],
  "command-pipeline": ["--input", join(projectRoot, "test/fixtures")],
  "command-pool": ["--input", join(projectRoot, "test/fixtures")],
  "best-solution": ["--input", join(projectRoot, "test/fixtures/NaCl.lst")],
  "reflections-queue": ["--input", join(projectRoot, "test/fixtures/NaCl.hkl")],
}

/** In place of a file's content: a pipe that nobody writes to. */
const FIFO = "(a pipe)"

/** The processes that a state directory knows of. */
function hostsIn(stateDir: string): string[] {
  try {
    return readdirSync(join(stateDir, "hosts")).filter((name) => name.endsWith(".json"))
  } catch {
    return []
  }
}

describe("troupe run", () => {
  it.each(EXAMPLES.map(({ name }) => name))("%s gives in threads what the sequential version gives", async (name) => {
    const { workers, placement, speedUp, efficiency, checks } = await report([name, "--workers", "3", ...(SMALL[name] ?? [])])
    expect({ workers, placement }).toEqual({ workers: 3, placement: "thread" })
    expect(checks.length).toBeGreaterThan(0)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
    expect(efficiency).toBeCloseTo(speedUp / 3, 9)
  })

  it.each(["merge-sort", "fft", "heat", "matmul", "reduction", "prefix-scan", "molecules", "best-solution"])(
    "%s gives the same by messages as in shared memory",
    async (name) => {
      const { checks } = await report([name, "--workers", "3", "--exchange", "messages", ...(SMALL[name] ?? [])])
      expect(checks.length).toBeGreaterThan(0)
      expect(checks.filter(({ holds }) => !holds)).toEqual([])
    },
  )

  it.each(["ray-trace", "heat", "queue-network", "pipe", "reflections", "kill"])(
    "%s runs in processes, over a bus of its own",
    async (name) => {
      const { placement, checks } = await report([name, "--workers", "2", "--placement", "process", ...(SMALL[name] ?? [])])
      expect({ placement, failing: checks.filter(({ holds }) => !holds) }).toEqual({ placement: "process", failing: [] })
      expect(checks.length).toBeGreaterThan(0)
    },
  )

  it.each(["molecules", "account-manager", "heat"])("%s shares the memory of the machine between processes", async (name) => {
    const exchange = name === "account-manager" ? [] : ["--exchange", "shared"]
    const { checks } = await report([name, "--workers", "2", "--placement", "process", ...exchange, ...(SMALL[name] ?? [])])
    expect(checks.length).toBeGreaterThan(0)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
  })

  it.each(["merge-sort", "queue-network"])("runs as many rounds of %s as asked for, none in the way of another", async (name) => {
    const { rounds, warmUpMs, checks } = await report([name, "--workers", "2", "--rounds", "3", ...(SMALL[name] ?? [])])
    expect({ rounds, warmUpMs, failing: checks.filter(({ holds }) => !holds) }).toEqual({ rounds: 3, warmUpMs: 0, failing: [] })
  })

  it("warms up both versions of a problem of the usual size", async () => {
    const { warmUpMs, checks } = await report(["countdown", "--workers", "2", "--size", "100000000"])
    expect(warmUpMs).toBeGreaterThan(0)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
  })

  it("writes the picture where the command was typed", async () => {
    const cwd = tempDir()
    const { wrote } = await report(["ray-trace", "--size", "12", "--placement", "inline", "--workers", "1"], cwd)
    expect(wrote).toEqual([join(cwd, "ray-trace.png")])
    const { data, info } = await sharp(join(cwd, "ray-trace.png")).raw().toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ format: "raw", width: 16, height: 12, channels: 3 })
    expect(data.equals(renderRows({ width: 16, height: 12 }, [0, 12]))).toBe(true)
  })

  it("runs all, and writes a table with a row for each example, placement and number of workers", async () => {
    const cwd = tempDir()
    const { env, tmp } = ownEnv()
    const args = ["run", "--all", "--quick", "--placement", "inline", "--report", "table.md", "--json"]
    const { exit, stdout, stderr } = await runCli(args, { cwd, env })
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" })
    const { complete, rows } = JSON.parse(stdout) as Survey
    expect(complete).toBe(true)
    expect(rows.map(({ example }) => example)).toEqual(EXAMPLES.map(({ name }) => name))
    expect(rows.map(({ failure }) => failure).filter((failure) => failure !== undefined)).toEqual([])
    const table = readFileSync(join(cwd, "table.md"), "utf8")
    for (const { name } of EXAMPLES) expect(table).toMatch(new RegExp(`^\\| ${name} \\| inline \\| 1 \\|.* holds \\|$`, "m"))
    expect(readdirSync(tmp).filter((name) => name.startsWith("troupe-run-"))).toEqual([])
  })

  it.each([
    [["--all", "fft"], "EXAMPLE does not go with --all"],
    [["--all", "--size", "3"], "--size does not go with --all"],
    [["--all", "--list"], "--list does not go with --all"],
    [["--all", "--explain"], "--all does not go with --explain"],
    [["fft", "--list"], "EXAMPLE does not go with --list"],
    [["fft", "--quick"], "--quick goes with --all only"],
    [["--all", "--report", "missing/table.md"], "--report: expected a file that can be written (ENOENT)"],
  ])("refuses %j before anything runs", async (args, words) => {
    const { exit, stdout, stderr } = await callCli(["run", ...args], { cwd: tempDir() })
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" })
    expect(stderr).toContain(words)
  })

  it("ends soon on Ctrl-C with 130, and leaves nothing", async () => {
    const { env, tmp } = ownEnv()
    const running = startCli(["run", "ray-trace", "--size", "4320", "--workers", "2"], { cwd: tempDir(), env })
    await eventually(() => readdirSync(tmp).some((name) => name.startsWith("troupe-run-")), { timeoutMs: 20_000 })
    running.child.kill("SIGINT")
    const { exit, stdout, stderr } = await running.ended
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: "" })
    expect(stderr).toMatch(/^ERR_CANCELLED: [^\n]+\n$/)
    expect(readdirSync(tmp).filter((name) => name.startsWith("troupe-run-"))).toEqual([])
  })

  it.each(["inline", "process"])("ends on Ctrl-C in the middle of the work (%s), and no process is left", async (placement) => {
    const { env, tmp } = ownEnv()
    const args = ["run", "countdown", "--size", "100000000", "--workers", "2", "--placement", placement]
    const running = startCli(args, { cwd: tempDir(), env })
    const folder = await eventually(() => readdirSync(tmp).find((name) => name.startsWith("troupe-run-")), { timeoutMs: 30_000 })
    // Processes are started when the plain loop is done.
    if (placement === "process")
      await eventually(() => hostsIn(join(tmp, folder)).length === 2, { timeoutMs: 60_000, what: "the start of the workers" })
    running.child.kill("SIGINT")
    const { exit, stderr } = await running.ended
    expect({ exit, stderr }).toEqual({ exit: 130, stderr: expect.stringMatching(/^ERR_CANCELLED: [^\n]+\n$/) as string })
    expect(readdirSync(tmp).filter((name) => name.startsWith("troupe-run-"))).toEqual([])
  })

  it.each(["inline", "thread", "process"])(
    "restores the terminal on Ctrl-C, typed in the middle of the work (%s)",
    async (placement) => {
      const { env, tmp } = ownEnv()
      const cwd = tempDir()
      const run = `"${process.execPath}" "${CLI}" run countdown --size 1000000000 --workers 2 --placement ${placement}`
      // A terminal of its own; the shell is there to see what was left of it, so Ctrl-C must not end that.
      const shell = `trap : INT; stty -g > before; ${run}; code=$?; stty -g > after; exit $code`
      const child = spawn("script", ["-qec", shell, "/dev/null"], { cwd, env: cliEnv({ TERM: "xterm", NO_COLOR: "1", ...env }) })
      onTestFinished(() => void child.kill("SIGKILL"))
      let shown = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text))
      const exit = new Promise<number | null>((resolve) => child.on("close", resolve))
      await eventually(() => /countdown (sequential|warming up|parallel) █/.test(shown), {
        timeoutMs: 30_000,
        what: "the progress bar",
      })
      child.stdin.write("\u0003")
      expect(await exit).toBe(130)
      expect(readFileSync(join(cwd, "after"), "utf8")).toBe(readFileSync(join(cwd, "before"), "utf8"))
      // The cursor was never hidden, and the bar is wiped away before the message.
      expect(shown).not.toContain("\u001b[?25l")
      const wipe = "\u001b[2K"
      expect(shown.slice(shown.lastIndexOf(wipe) + wipe.length)).toMatch(/^(\^C)?ERR_CANCELLED: [^\n]+\n$/)
      expect(readdirSync(tmp).filter((name) => name.startsWith("troupe-run-"))).toEqual([])
    },
  )

  it("lists the examples, and explains one without running it", async () => {
    const cwd = tempDir()
    const list = await runCli(["run", "--list"], { cwd })
    for (const { name, summary } of EXAMPLES) expect(list.stdout).toMatch(new RegExp(`^${name} +${summary.slice(0, 20)}`, "m"))
    const { exit, stdout } = await runCli(["run", "ray-trace", "--explain"], { cwd })
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^ray-trace: [^]+^Pattern: [^]+^To consider:\n {2}- [^]+^Chunks and units: /m)
    expect(stdout).toMatch(/^ {2}--size +rows \(the picture is 4:3\); 1440 unless told otherwise, from 4 to 4320$/m)
    expect(readdirSync(cwd)).toEqual([])
  })

  it("merges the reflections of sodium chloride to the figures that the actor gives", async () => {
    const { figures } = await report([
      "reflections-queue",
      "--input",
      join(projectRoot, "test/fixtures/NaCl.hkl"),
      "--workers",
      "3",
    ])
    expect(figures).toMatchObject({ measured: 8578, rejected: 0 })
  })

  it.each([
    ["best-solution", "none.lst", undefined, "ERR_NO_FILE"],
    ["best-solution", "empty.lst", "", "ERR_BAD_LISTING: PATH: it is empty"],
    ["best-solution", "prose.lst", "It was\na dark night\n", "ERR_BAD_LISTING: PATH: none of its 2 lines gives wR2"],
    [
      "best-solution",
      "odd.lst",
      "\n wR2 = ***** before cycle 1\n",
      'ERR_BAD_LISTING: PATH: line 2: wR2: expected a number such as 0.0267, got "*****"',
    ],
    ["best-solution", "binary.lst", "wR2\0", "ERR_BINARY_FILE: PATH: it is no listing: byte 3 is NUL"],
    [
      "reflections",
      "letters.hkl",
      "   x   0   0   10.00    1.00\n",
      "ERR_BAD_HKL: PATH: line 1, column 1: h: expected an integer",
    ],
    ["best-solution", "cut.lst", " wR2 = 0.02", "ERR_BAD_LISTING: PATH: none of its 1 lines gives wR2"],
    ["reflections", "empty.hkl", "", "ERR_BAD_HKL: PATH: it holds no reflections"],
    ["reflections", "binary.hkl", "\u0000\u0001\u0002", "ERR_BAD_HKL: PATH: line 1, column 1: h: expected an integer"],
    ["images", "cut.png", "\u0089PNG\r\n\u001a\n\u0000\u0000", "ERR_BAD_IMAGE: PATH: it cannot be read as an image: "],
    ["images", "none.png", undefined, "ERR_BAD_IMAGE: PATH: it cannot be read as an image: "],
    ["images", "empty.png", "", "ERR_BAD_IMAGE: PATH: it cannot be read as an image: "],
    ["images", "fifo.png", FIFO, "ERR_BAD_IMAGE: PATH: it cannot be read as an image: it is a pipe, socket or device"],
    ["images", "prose.png", "It was a dark night", "ERR_BAD_IMAGE: PATH: it cannot be read as an image: "],
    ["command-pool", "none.txt", undefined, "ERR_NO_FILE: PATH: there is no such file"],
    ["command-pipeline", "no-folder", undefined, "ERR_NO_FOLDER: PATH: it cannot be listed (ENOENT)"],
    ["reflections-queue", "none.hkl", undefined, "ERR_NO_FILE"],
    ["reflections-queue", "empty.hkl", "", "ERR_BAD_HKL: PATH: it holds no reflections"],
    [
      "reflections-queue",
      "letters.hkl",
      "   1   0   0   10.00    1.00\n   x   0   0   10.00    1.00\n",
      'ERR_BAD_HKL: PATH: line 2, column 1: h: expected an integer, got "   x"',
    ],
    ["reflections-queue", "cut.hkl", "   1   0   0   10.00    1.00\n   1   0   0   10", "ERR_BAD_HKL: PATH: line 2, column 21"],
  ])("%s tells of %s what is wrong where", async (name, file, content, message) => {
    const cwd = tempDir()
    const path = join(cwd, file)
    if (content === FIFO) execFileSync("mkfifo", [path])
    else if (content !== undefined) writeFileSync(path, content)
    const { exit, stdout, stderr } = await callCli(["run", name, "--input", file], { cwd })
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" })
    expect(stderr).toMatch(/^[^\n]+\n$/)
    expect(stderr).toContain(message.replace("PATH", path))
  })

  it.each([
    ["best-solution", "huge.lst", "ERR_BINARY_FILE: PATH: it is no listing: byte 0 is NUL"],
    ["reflections", "huge.hkl", "ERR_BAD_HKL: PATH: line 1"],
    ["reflections-queue", "huge.hkl", "ERR_BAD_HKL: PATH: line 1"],
    ["images", "huge.png", "ERR_BAD_IMAGE: PATH: it cannot be read as an image: "],
    ["command-pool", "huge.txt", "ERR_FILE_TOO_LARGE: PATH: it has 3221225472 bytes, and this example takes 268435456 at most"],
  ])("%s tells of a file of 3 GiB what is wrong, and takes no memory for it", async (name, file, message) => {
    const cwd = tempDir()
    const path = join(cwd, file)
    writeFileSync(path, "")
    truncateSync(path, 3 * 2 ** 30)
    const told = `process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS))`
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(told)}` }
    const { exit, stdout, stderr } = await runCli(["run", name, "--input", file], { cwd, env })
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" })
    expect(stderr).toContain(message.replace("PATH", path))
    const [, peak] = /\npeak (\d+)$/.exec(stderr) ?? []
    expect(Number(peak) / 1024).toBeLessThan(400)
  })

  it.each([
    ["best-solution", "/dev/zero", "ERR_NOT_A_FILE: /dev/zero: it is a pipe, socket or device"],
    ["command-pool", "/dev/zero", "ERR_NOT_A_FILE: /dev/zero: it is a pipe, socket or device"],
    ["reflections", "/dev/zero", "ERR_NOT_A_FILE: /dev/zero: it is a pipe, socket or device"],
  ])("%s does not read %s for ever", async (name, path, message) => {
    const { exit, stdout, stderr } = await callCli(["run", name, "--input", path], { cwd: tempDir() })
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" })
    expect(stderr).toContain(message)
  })

  it.each([
    [["run"], "ERR_USAGE: EXAMPLE is missing", 2],
    [["run", "ray-tarce"], 'ERR_USAGE: unknown example "ray-tarce" (did you mean "ray-trace"?)', 2],
    [["run", "ray-trace", "--workers", "0"], "ERR_USAGE: -w, --workers <n>: expected a whole number from 1 to 256", 2],
    [["run", "ray-trace", "--size", "2"], "ERR_BAD_OPTION: --size: expected a whole number of rows", 2],
    [["run", "ray-trace", "--input", "x"], "ERR_BAD_OPTION: --input: ray-trace has no use for it", 2],
    [
      ["run", "best-solution"],
      "ERR_BAD_OPTION: --input: expected a path: best-solution works on files, such as test/fixtures/NaCl.lst",
      2,
    ],
    [["run", "fft", "--size", "1000"], "ERR_BAD_OPTION: --size: expected a power of two of points", 2],
    [["run", "fft", "--rounds", "0"], "ERR_USAGE: --rounds <n>: expected a whole number from 1 to 100", 2],
    [["run", "ray-trace", "--size", "8", "-o", "a-file/x.png"], "ERR_UNWRITABLE_FILE: ", 1],
    [["run", "images", "--size", "1", "-o", "/proc/x/y"], "ERR_UNWRITABLE_FILE: /proc/x/y: it cannot be made (ENOENT)", 1],
  ])("%j is one line on stderr", async (args, message, code) => {
    const cwd = tempDir()
    writeFileSync(join(cwd, "a-file"), "")
    const { exit, stdout, stderr } = await callCli(args, { cwd })
    expect({ exit, stdout }).toEqual({ exit: code, stdout: "" })
    expect(stderr).toMatch(/^[^\n]+\n$/)
    expect(stderr).toContain(message)
  })
})
