import { spawn } from "node:child_process"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { busFiles, busStateOf, readBusState } from "../../runtime/bus/bus-state.js"
import { endProcess } from "../../runtime/bus/end-process.js"
import { isAlive } from "../../runtime/bus/is-alive.js"
import { freePort, isPortFree } from "../../runtime/bus/free-port.js"
import { awaitServer, prepareServer } from "../../runtime/bus/prepare-server.js"
import { startOrJoinServer, startServer } from "../../runtime/bus/server.js"
import type { LaunchedServer } from "../../runtime/bus/launch-server.js"
import type { StartServerOptions } from "../../runtime/bus/server.js"
import { testServerBinary } from "../support/bus.js"
import { commandOf } from "../../runtime/host/pm2/process-table.js"
import { eventually } from "../support/eventually.js"
import { tempDir } from "../support/temp-dir.js"

async function started(options: Partial<StartServerOptions> & { stateDir: string }): Promise<LaunchedServer> {
  const server = await startServer({ binary: await testServerBinary(), ...options })
  onTestFinished(async () => {
    await server.stop()
  })
  return server
}

/** Listens on a port until the test ends; says nothing to who connects. */
async function occupied(port: number): Promise<number> {
  const squatter = createServer(() => undefined)
  const taken = await new Promise<boolean>((resolve) => {
    squatter.once("error", () => {
      resolve(false)
    })
    squatter.listen(port, "127.0.0.1", () => {
      resolve(true)
    })
  })
  onTestFinished(() => void squatter.close())
  const address = squatter.address()
  return taken && typeof address === "object" && address !== null ? address.port : port
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe("starting a server", () => {
  it("resolves when it lets us in, keeps its secrets to its owner, and leaves no process when stopped", async () => {
    const stateDir = join(tempDir(), "state")
    const server = await started({ stateDir })
    expect(await busStateOf(stateDir)).toMatchObject({ type: "running", state: { pid: server.state.pid, version: "2.14.0" } })
    const files = busFiles(stateDir)
    expect([mode(stateDir), mode(files.state), mode(files.config), mode(files.log)]).toEqual(["700", "600", "600", "600"])
    expect(readFileSync(join(stateDir, ".gitignore"), "utf8")).toBe("*\n")

    const ended = await server.stop()
    expect(ended.by).toBe("SIGTERM")
    expect(isAlive(server.state.pid)).toBe(false)
    expect(await isPortFree(server.state.port)).toBe(true)
    expect(await busStateOf(stateDir)).toMatchObject({ type: "stale", state: { port: server.state.port } })
    expect((await server.stop()).by).toBe("already-gone")
  })

  it("finds a port of its own when 4222 and 8222 are taken", async () => {
    await occupied(4222)
    await occupied(8222)
    const server = await started({ stateDir: tempDir() })
    expect(server.state.port).toBeGreaterThanOrEqual(20_000)
    expect(server.state.port).toBeLessThan(30_000)
  })

  it("says so when the configured port is taken", async () => {
    const port = await occupied(0)
    await expect(started({ stateDir: tempDir(), port })).rejects.toMatchObject({
      code: "ERR_BUS_FAILED",
      message: expect.stringContaining(`port ${String(port)} on 127.0.0.1 is in use`) as string,
    })
  })

  it("uses the port and the passwords of the last start again, another port when that one is taken", async () => {
    const stateDir = tempDir()
    const first = await started({ stateDir })
    await first.stop()
    const second = await started({ stateDir })
    expect(second.state).toEqual({ ...first.state, pid: second.state.pid })
    await second.stop()
    await occupied(first.state.port)
    const third = await started({ stateDir })
    expect(third.state.port).not.toBe(first.state.port)
    expect(third.state.password).toBe(first.state.password)
  })

  it.each([
    ["empty", ""],
    ["cut off", '{"url": "nats://127.0.0.1:2'],
    ["garbage", "\u0000\u0001 not json"],
    ["another file's", '{"version": 3}'],
    ["an array", "[1,2]"],
  ])("starts over a bus.json that is %s", async (_case, text) => {
    const stateDir = tempDir()
    writeFileSync(busFiles(stateDir).state, text)
    expect(await busStateOf(stateDir)).toMatchObject({ type: "damaged" })
    const server = await started({ stateDir })
    expect(await readBusState(stateDir)).toEqual({ type: "found", state: server.state })
  })

  it("starts over a stale bus.json whose pid is another program's, and leaves that one alone", async () => {
    const stateDir = tempDir()
    const first = await started({ stateDir })
    await first.stop()
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" })
    onTestFinished(() => void bystander.kill("SIGKILL"))
    writeFileSync(busFiles(stateDir).state, JSON.stringify({ ...first.state, pid: bystander.pid }))
    const second = await started({ stateDir })
    expect(second.state.port).toBe(first.state.port)
    await second.stop()
    expect(bystander.exitCode).toBeNull()
    expect(bystander.signalCode).toBeNull()
  })

  it("does not take another server at the remembered address for its own", async () => {
    const [mine, theirs] = [tempDir(), tempDir()]
    const first = await started({ stateDir: mine })
    await first.stop()
    const other = await started({ stateDir: theirs, port: first.state.port })
    expect(await busStateOf(mine)).toMatchObject({ type: "stale", why: expect.stringContaining("another nats-server") as string })
    const again = await started({ stateDir: mine })
    expect(again.state.port).not.toBe(other.state.port)
  })

  it("fails with the end of the server's log when the server ends at once", async () => {
    const folder = tempDir()
    const path = join(folder, "broken-server")
    writeFileSync(path, "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n", { mode: 0o755 })
    await expect(startServer({ stateDir: folder, binary: { path, version: "2.14.0" } })).rejects.toMatchObject({
      code: "ERR_BUS_FAILED",
      message: expect.stringMatching(/ended at once \(exit code 3\)\. Its log ends with: no such luck/) as string,
    })
    await expect(startServer({ stateDir: folder, binary: { path: "/no/such", version: "2" } })).rejects.toMatchObject({
      code: "ERR_BUS_FAILED",
    })
  })

  it("ends a server that never lets us in", async () => {
    const folder = tempDir()
    const path = join(folder, "deaf-server")
    writeFileSync(path, '#!/bin/sh\necho $$ > "$(dirname "$0")/deaf.pid"\nexec sleep 60\n', { mode: 0o755 })
    await expect(startServer({ stateDir: folder, binary: { path, version: "2.14.0" }, timeoutMs: 300 })).rejects.toMatchObject({
      message: expect.stringContaining("did not let us in within 300 ms") as string,
    })
    expect(isAlive(Number(readFileSync(join(folder, "deaf.pid"), "utf8")))).toBe(false)
  })

  it("refuses impossible settings before anything is started", async () => {
    const stateDir = join(tempDir(), "state")
    await expect(startServer({ stateDir, port: 70_000 })).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
    await expect(startServer({ stateDir, maxPayload: 5 })).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
    expect(existsSync(stateDir)).toBe(false)
  })

  it("lets five that start at once agree on one server", async () => {
    const stateDir = tempDir()
    const binary = await testServerBinary()
    const all = await Promise.all(Array.from({ length: 5 }, () => startOrJoinServer({ stateDir, binary })))
    const servers = all.flatMap((result) => (result.type === "started" ? [result.server] : []))
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.stop()))
    })
    expect(servers).toHaveLength(1)
    const urls = all.map((result) => (result.type === "started" ? result.server.state.url : result.state.url))
    expect(new Set(urls).size).toBe(1)
    expect(existsSync(busFiles(stateDir).lock)).toBe(false)
  })

  it("is not held up by the lock of a program that died", async () => {
    const stateDir = tempDir()
    writeFileSync(busFiles(stateDir).lock, "2147483646 dead")
    await started({ stateDir })
    expect(existsSync(busFiles(stateDir).lock)).toBe(false)
  })
})

it("a server that has ended by itself is stopped without a signal to whoever may have its pid by now", async () => {
  const server = await started({ stateDir: tempDir() })
  process.kill(server.state.pid, "SIGKILL")
  await server.exited
  const kill = vi.spyOn(process, "kill")
  onTestFinished(() => kill.mockRestore())
  expect(await server.stop()).toMatchObject({ by: "already-gone" })
  expect(kill.mock.calls.filter(([pid, signal]) => pid === server.state.pid && signal !== 0)).toEqual([])
})

describe("a server whose program dies hard", () => {
  async function program(stateDir: string, after: string): Promise<{ pid: number; serverPid: number }> {
    const { path, version } = await testServerBinary()
    const server = new URL("../../runtime/bus/server.js", import.meta.url).href
    const code = `const { startServer } = await import(${JSON.stringify(server)})
const started = await startServer(${JSON.stringify({ stateDir, binary: { path, version } })})
console.log(started.state.pid)
${after}`
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] })
    onTestFinished(() => void child.kill("SIGKILL"))
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
    const serverPid = Number(await eventually(() => /\d+\n/.exec(output)?.[0], { timeoutMs: 15_000 }))
    if (child.pid === undefined) throw new Error("the program did not start")
    onTestFinished(async () => {
      // It may be gone by now, and its pid somebody else's.
      if (commandOf(serverPid).includes(stateDir)) await endProcess(serverPid)
    })
    return { pid: child.pid, serverPid }
  }

  it("ends soon after it", async () => {
    const { pid, serverPid } = await program(tempDir(), "setInterval(() => {}, 1000)")
    expect(isAlive(serverPid)).toBe(true)
    process.kill(pid, "SIGKILL")
    await eventually(() => !isAlive(serverPid), { what: "the server's end" })
  })

  it("ends also when the program just returns and never stops it", async () => {
    const { serverPid } = await program(tempDir(), "")
    await eventually(() => !isAlive(serverPid), { what: "the server's end" })
  })

  it("is taken over by the next start when nobody ended it", async () => {
    const stateDir = tempDir()
    const server = await started({ stateDir })
    // As it would be left where there is no guard: running, and started by a program that is no more.
    const orphan = { ...server.state, startedBy: { type: "program", pid: 2_147_483_646 } }
    writeFileSync(busFiles(stateDir).state, JSON.stringify(orphan))
    const next = await startOrJoinServer({ stateDir, binary: await testServerBinary() })
    if (next.type !== "started") throw new Error("expected the server to be taken over")
    expect(next.server.state.pid).toBe(server.state.pid)
    await next.server.stop()
    expect(isAlive(server.state.pid)).toBe(false)
    await next.server.exited
  })
})

describe("a server that somebody else starts", () => {
  it("is prepared with a port of its own, awaited, and noted with its process", async () => {
    const stateDir = tempDir()
    const binary = await testServerBinary()
    const prepared = await prepareServer({ stateDir, binary })
    expect(prepared).toMatchObject({ type: "prepared", bin: binary.path, state: { startedBy: { type: "pm2" } } })
    const waiting = awaitServer(stateDir, { timeoutMs: 5000 })
    const child = spawn(prepared.bin, prepared.args, { stdio: "ignore" })
    onTestFinished(() => void child.kill("SIGKILL"))
    const state = await waiting
    expect(state).toMatchObject({ pid: child.pid, port: prepared.state.port, version: "2.14.0" })
    expect((await prepareServer({ stateDir, binary })).type).toBe("running")

    // As pm2 does after a crash: the same command again.
    child.kill("SIGKILL")
    await eventually(() => child.signalCode)
    const again = spawn(prepared.bin, prepared.args, { stdio: "ignore" })
    onTestFinished(() => void again.kill("SIGKILL"))
    expect(await awaitServer(stateDir)).toEqual({ ...state, pid: again.pid })
  })

  it("is joined, not owned, by a program that wants an embedded one", async () => {
    const stateDir = tempDir()
    const binary = await testServerBinary()
    const prepared = await prepareServer({ stateDir, binary })
    const child = spawn(prepared.bin, prepared.args, { stdio: "ignore" })
    onTestFinished(() => void child.kill("SIGKILL"))
    await awaitServer(stateDir)
    expect(await startOrJoinServer({ stateDir, binary })).toMatchObject({ type: "joined", state: { pid: child.pid } })
    await expect(startServer({ stateDir, binary })).rejects.toMatchObject({ code: "ERR_BUS_FAILED" })
  })

  it("is said not to have come, and why, when it does not in time", async () => {
    const stateDir = tempDir()
    await expect(awaitServer(stateDir, { timeoutMs: 100 })).rejects.toMatchObject({ message: /never prepared/ })
    await prepareServer({ stateDir, binary: await testServerBinary() })
    await expect(awaitServer(stateDir, { timeoutMs: 100 })).rejects.toMatchObject({ message: /nothing of ours answers/ })
    await expect(awaitServer(stateDir, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough")
  })

  it("is refused a configured port that is taken, before it is started", async () => {
    const port = await occupied(0)
    await expect(prepareServer({ stateDir: tempDir(), binary: await testServerBinary(), port })).rejects.toMatchObject({
      code: "ERR_BUS_FAILED",
    })
  })
})

describe("a state directory that cannot be used", () => {
  it("is named", async () => {
    const file = join(tempDir(), "file")
    writeFileSync(file, "")
    await expect(startServer({ stateDir: file })).rejects.toMatchObject({ code: "ERR_STATE_DIR" })
    await expect(startServer({ stateDir: "/proc/troupe" })).rejects.toMatchObject({ code: "ERR_STATE_DIR" })
    await expect(startServer({ stateDir: "/dev/full/x" })).rejects.toMatchObject({ code: "ERR_STATE_DIR" })
  })
})

describe("a free port", () => {
  it("is the preferred one if that is free, and one that can be listened on in any case", async () => {
    const taken = await occupied(0)
    expect(await isPortFree(taken)).toBe(false)
    const port = await freePort(taken)
    expect(await isPortFree(port)).toBe(true)
    expect(await freePort(port)).toBe(port)
  })
})
