import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codeOf } from "../../runtime/errors.js"
import { Pm2 } from "../../runtime/host/pm2/pm2-daemon.js"
import { Pm2Rpc } from "../../runtime/host/pm2/pm2-rpc.js"
import { awaitGone, isAlive } from "../../runtime/host/pm2/process-group.js"
import { commandOf, processRows } from "../../runtime/host/pm2/process-table.js"
import { eventually } from "../support/eventually.js"
import { Pm2Home } from "../support/pm2-home.js"

const IDLE = "setInterval(() => {}, 1000)"
const MODULE = new URL("../../runtime/host/pm2/pm2-daemon.js", import.meta.url).href

let home: Pm2Home
beforeEach(() => {
  home = new Pm2Home()
})
afterEach(async () => {
  await home.close()
})

/** Runs a program in a process of its own, as users do. */
async function program(
  source: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string; tookMs: number }> {
  const start = performance.now()
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    env: { ...process.env, ...env },
    timeout: 20_000,
  })
  let out = ""
  child.stdout.on("data", (text: Buffer) => (out += text.toString()))
  child.stderr.on("data", (text: Buffer) => (out += text.toString()))
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve))
  return { code, out, tookMs: performance.now() - start }
}

describe("the facade", () => {
  it("starts a daemon once, finds it the next time, and ends it without a trace", async () => {
    const first = await home.connect()
    const second = await home.connect()
    expect([first.origin, second.origin]).toEqual(["started", "found"])
    const pid = home.daemonPid()
    await home.start(first, home.app("a", IDLE))
    expect(readFileSync(first.paths.logFile, "utf8")).not.toMatch(/^ +at /m)
    const ended = await second.killDaemon()
    expect(ended.pid).toBe(pid)
    expect(isAlive(pid)).toBe(false)
    expect([first.paths.rpcSocket, first.paths.pubSocket, first.paths.pidFile].filter((file) => existsSync(file))).toEqual([])
  })

  it("is ended by the last of us to leave it, also when pm2 has started it again after an error of its own", async () => {
    const pm2 = await home.connect()
    const first = home.daemonPid()
    const app = await home.start(pm2, home.app("a", IDLE))
    expect(await pm2.endIfOurs()).toBe("left")
    await pm2.delete(app.pmId)
    const rpc = await Pm2Rpc.connect(pm2.paths.rpcSocket, 1_000)
    // What the daemon does not catch ends it, and has pm2 put another one in its place.
    await rpc.call("prepare", null, 5_000).catch(() => undefined)
    const next = await eventually(async () => {
      const other = await Pm2.connect({ home: home.dir, ifAbsent: "fail" })
      if (other.daemonPid() !== first) return other
      other.disconnect()
      return undefined
    })
    expect(await next.endIfOurs()).toBe("ended")
    expect(existsSync(pm2.paths.mark)).toBe(false)
  })

  it("lists, describes, stops and deletes by name and number", async () => {
    const pm2 = await home.connect()
    const a = await home.start(pm2, home.app("a", IDLE, { env: { TROUPE_INTERNAL_HOST: "n1-p1" } }))
    const b = await home.start(pm2, home.app("b", IDLE))
    expect(await pm2.list()).toMatchObject([
      { name: "a", namespace: "troupe", pid: a.pid, status: "online", env: { TROUPE_INTERNAL_HOST: "n1-p1" } },
      { name: "b", pid: b.pid },
    ])
    expect(await pm2.stop("a")).toEqual([a.pmId])
    expect(await pm2.describe("a")).toMatchObject([{ status: "stopped", pid: 0 }])
    expect([isAlive(a.pid), isAlive(b.pid)]).toEqual([false, true])
    expect([await pm2.delete("a"), await pm2.delete(b.pmId), await pm2.delete("a"), await pm2.delete(99)]).toEqual([
      [a.pmId],
      [b.pmId],
      [],
      [],
    ])
    expect(await pm2.list()).toEqual([])
  })

  it("prints nothing, lets the program end by itself, and leaves the daemon running", async () => {
    const source = `const { Pm2 } = await import(${JSON.stringify(MODULE)})
      const pm2 = await Pm2.connect({ home: ${JSON.stringify(home.dir)} })
      await pm2.list(); await pm2.subscribe(() => {})
      if (process.listenerCount("SIGQUIT") + process.listenerCount("SIGINT") + process.listenerCount("SIGTERM")) throw new Error("handlers")`
    const run = await program(source)
    expect(run).toMatchObject({ code: 0, out: "" })
    expect(isAlive(home.daemonPid())).toBe(true)
  })

  it("makes one daemon when ten programs come at once", async () => {
    const found = await Promise.all(Array.from({ length: 10 }, () => home.connect()))
    expect(found.filter((pm2) => pm2.origin === "started")).toHaveLength(1)
    const daemons = processRows().filter((row) => commandOf(row.pid).includes(`God Daemon (${home.dir})`))
    expect(daemons.map((row) => row.pid)).toEqual([home.daemonPid()])
  })

  it("is not stopped by the lock, sockets and pid file of a daemon killed long ago", async () => {
    writeFileSync(join(home.dir, "troupe-launch.lock"), "4194000 1")
    writeFileSync(join(home.dir, "pm2.pid"), "4194000")
    expect((await home.connect()).origin).toBe("started")
    const pid = home.daemonPid()
    process.kill(pid, "SIGKILL")
    expect(await awaitGone({ pid, timeoutMs: 2_000 })).toBe(true)
    expect((await home.connect()).origin).toBe("started")
  })

  it("reaches the same daemon from a program that runs under pm2", async () => {
    const pm2 = await home.connect()
    const answer = join(home.dir, "answer")
    const source = `import(${JSON.stringify(MODULE)}).then(async ({ Pm2 }) => {
      const pm2 = await Pm2.connect({ ifAbsent: "fail" })
      require("fs").writeFileSync(${JSON.stringify(answer)}, (await pm2.list()).map((one) => one.name).join())
    })`
    await home.start(pm2, home.app("node", source))
    await eventually(() => existsSync(answer) && readFileSync(answer, "utf8") === "node")
  })

  it("A4 rejects what is in flight when the daemon is killed, and starts another for the next call", async () => {
    const pm2 = await home.connect()
    const pid = home.daemonPid()
    process.kill(pid, "SIGSTOP")
    const calls = [pm2.list(), pm2.version()].map((call) => call.catch(codeOf))
    process.kill(pid, "SIGKILL")
    expect(await Promise.all(calls)).toEqual(["ERR_PM2", "ERR_PM2"])
    expect(await pm2.list()).toEqual([])
    expect([pm2.origin, home.daemonPid() === pid]).toEqual(["started", false])
  })

  it("gives up at the deadline on a daemon that does not answer", async () => {
    const pm2 = await home.connect({ timeoutMs: 100 })
    process.kill(home.daemonPid(), "SIGSTOP")
    expect(await pm2.list().catch(codeOf)).toBe("ERR_TIMED_OUT")
    process.kill(home.daemonPid(), "SIGCONT")
    expect(await eventually(() => pm2.list())).toEqual([])
  })

  it("kills a daemon that is stopped", async () => {
    const pm2 = await home.connect({ timeoutMs: 100 })
    const pid = home.daemonPid()
    process.kill(pid, "SIGSTOP")
    await pm2.killDaemon()
    expect(isAlive(pid)).toBe(false)
  })

  it("says so when there is no daemon, nothing can be started, or something else listens", async () => {
    expect(await home.connect({ ifAbsent: "fail" }).catch(codeOf)).toBe("ERR_PM2")
    expect(await home.connect({ home: join(home.script("file", ""), "home") }).catch(codeOf)).toBe("ERR_PM2")
    const dir = join(home.dir, "x")
    mkdirSync(dir)
    const server = createServer((socket) =>
      socket
        .on("error", () => undefined)
        .resume()
        .end("HTTP/1.1 400 Bad Request\r\n"),
    )
    await new Promise<void>((resolve) => server.listen(join(dir, "rpc.sock"), resolve))
    try {
      const pm2 = await Pm2.connect({ home: dir })
      expect(await pm2.list().catch(codeOf)).toBe("ERR_PM2")
      pm2.disconnect()
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it("refuses an app that cannot start, and forgets it", async () => {
    const pm2 = await home.connect()
    const app = home.app("a", IDLE)
    expect(await pm2.start({ ...app, pm_exec_path: "/no/such/program" }).catch(codeOf)).toBe("ERR_PM2")
    expect(await pm2.start({ ...app, pm_cwd: "/no/such/place" }).catch(codeOf)).toBe("ERR_PM2")
    expect(await pm2.list()).toEqual([])
  })

  it("starts 20 apps at once", async () => {
    const pm2 = await home.connect()
    const started = await Promise.all(Array.from({ length: 20 }, (_, n) => home.start(pm2, home.app(`a${String(n)}`, IDLE))))
    expect(new Set(started.map((one) => one.pmId)).size).toBe(20)
    expect((await pm2.list()).filter((one) => one.status === "online")).toHaveLength(20)
    await pm2.killDaemon()
    expect(started.filter((one) => isAlive(one.pid))).toEqual([])
  })
})
