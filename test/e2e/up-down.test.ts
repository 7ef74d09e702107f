import { execFileSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { readBusState } from "../../runtime/bus/bus-state.js"
import { isPortFree } from "../../runtime/bus/free-port.js"
import { Pm2 } from "../../runtime/host/pm2/pm2-daemon.js"
import { testBus } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { NodeProject } from "../support/node-project.js"
import { cliEnv, startCli } from "../support/run-cli.js"

interface Up {
  readonly type: string
  readonly program: { readonly pid: number }
  readonly actors: readonly { readonly name: string; readonly status: string; readonly pid: number }[]
  readonly changes: readonly string[]
  readonly failed: readonly { readonly name: string; readonly error: { readonly code: string } }[]
  readonly problems: readonly { readonly file: string; readonly message: string }[]
}

const COUNTER = { kind: "counter", name: "hits" } as const
const APART = { kind: "counter", name: "apart", placement: "process" } as const
const NAMED = /ERR_[A-Z_]+: /

let project: NodeProject
beforeEach(async () => {
  project = await NodeProject.create([COUNTER, APART])
  return () => project.close()
})

async function portOfBus(): Promise<number> {
  const stored = await readBusState(project.stateDir)
  if (stored.type !== "found") throw new Error("no bus was started")
  return stored.state.port
}

/** What `pm2 stop …-bus` and `pm2 delete …-bus` do. */
async function endBus(how: "stop" | "delete"): Promise<void> {
  await using pm2 = await Pm2.connect({ home: project.pm2Home, ifAbsent: "fail" })
  await pm2[how](`${project.prefix}-bus`)
}

/** Takes a port, any free one unless it is given. */
async function takePort(wanted = 0): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(wanted, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

describe("troupe up and down", () => {
  it("starts bus and node for any NATS client, says the second time that they run, and leaves nothing at the end", async () => {
    const first = await project.cli(["up"])
    expect(first).toMatchObject({ exit: 0, stderr: "" })
    expect(first.stdout).toMatch(/is ready[\s\S]*apart +counter +process +running[\s\S]*npx troupe ask hits increment/)
    expect(await project.request("hits.increment", '{"by":2}')).toBe(2)
    expect(await project.request("apart.increment")).toBe(1)

    const node = await project.node()
    const again = await project.json<Up>("up")
    expect(again).toMatchObject({ type: "running", changes: [], program: { pid: node?.pid } })
    expect(await project.request("hits.value")).toBe(2)

    const port = await portOfBus()
    const down = await project.cli(["down"])
    expect(down).toMatchObject({ exit: 0, stderr: "" })
    expect(down.stdout).toContain("pm2 daemon ended")
    expect(project.processes()).toEqual([])
    expect(await isPortFree(port)).toBe(true)
    expect(readdirSync(project.stateDir).sort()).toEqual([".gitignore", "bus.json", "logs", "nats-server.conf"])
    expect(await project.cli(["down"])).toMatchObject({ exit: 0, stdout: "nothing runs\n" })
  })

  it("starts again after everything was killed at once, at the same address", async () => {
    await project.json("up")
    const port = await portOfBus()
    project.killEverything()
    await eventually(() => project.processes().length === 0)
    expect(existsSync(join(project.stateDir, "node.json"))).toBe(true)
    expect(await project.cli(["env"])).toMatchObject({ exit: 3 })

    const up = await project.json<Up>("up")
    expect(up).toMatchObject({ type: "started", actors: [{ name: "hits" }, { name: "apart" }] })
    expect(await portOfBus()).toBe(port)
    expect(await project.request("apart.increment")).toBe(1)
    expect(await project.cli(["down"])).toMatchObject({ exit: 0 })
    expect(project.processes()).toEqual([])
  })

  it("starts the node again for a boot actor that was added since, and keeps the bus", async () => {
    const before = await project.json<Up>("up")
    const bus = await readBusState(project.stateDir)
    project.configure({ topology: [COUNTER, APART, { kind: "greeter", name: "ada" }] })
    const after = await project.json<Up>("up")
    expect(after).toMatchObject({ type: "restarted", changes: ["boot actor ada added"], failed: [] })
    expect(after.program.pid).not.toBe(before.program.pid)
    expect(await readBusState(project.stateDir)).toEqual(bus)
    expect(await project.request("ada.greet", '{"name":"Ada"}')).toBe("Hello, Ada!")
    expect(project.processes().filter(({ command }) => command.includes("process-entry"))).toHaveLength(1)
  })

  it.each(["stop", "delete"] as const)(
    "brings back a bus that somebody had pm2 %s, for the node that is still there",
    async (how) => {
      const before = await project.json<Up>("up")
      await endBus(how)
      const again = await project.cli(["up"])
      expect(again).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining("runs already; its bus was started again") as string,
      })
      expect(await project.request("apart.increment")).toBe(1)
      const after = await project.json<Up>("up")
      expect(after).toMatchObject({ type: "running", program: { pid: before.program.pid }, changes: [] })
    },
  )

  it("starts the node again when the bus cannot have its old address back", async () => {
    const before = await project.json<Up>("up")
    const port = await portOfBus()
    await endBus("delete")
    await takePort(port)
    const after = await project.json<Up>("up")
    expect(after).toMatchObject({ type: "restarted", changes: ["the bus has another address"] })
    expect(after.program.pid).not.toBe(before.program.pid)
    expect(await project.request("apart.increment")).toBe(1)
  })

  it("names the modules that cannot be used and the boot actors that do not start, and starts the rest", async () => {
    project.module("boom", 'throw new Error("no such table")')
    project.module("half", "export const a = (")
    project.module("empty", "export const a = 1")
    project.configure({ topology: [{ kind: "boom", name: "b" }, COUNTER] })
    const up = await project.json<Up>("up")
    expect(up.actors).toMatchObject([{ name: "hits", status: "running" }])
    expect(up.failed).toMatchObject([{ name: "b", error: { code: "ERR_NO_KIND" } }])
    expect(up.problems).toEqual([
      { file: "actors/boom.mjs", message: "Error: no such table" },
      { file: "actors/empty.mjs", message: "it exports no class marked with @actor" },
      { file: "actors/half.mjs", message: expect.stringContaining("does not compile") as unknown },
    ])
    const { stderr } = await project.cli(["up"])
    expect(stderr).toContain("cannot be used: actors/boom.mjs: Error: no such table")
    expect(stderr).toMatch(
      /does not run: b: ERR_NO_KIND: no module that can be used has the kind boom; .*npx troupe spawn boom --name b/,
    )
    expect(stderr.split("no such table")).toHaveLength(2)
  })

  it("lets two starts at once agree on one node", async () => {
    const [one, two] = await Promise.all([project.json<Up>("up"), project.json<Up>("up")])
    expect([one.type, two.type].sort()).toEqual(["running", "started"])
    expect(one.program.pid).toBe(two.program.pid)
  })

  it("ends what it has started when it is interrupted", async () => {
    const running = startCli(["up"], { cwd: project.dir, env: project.env })
    await eventually(() => project.processes().some(({ command }) => command.includes("node-entry")), { timeoutMs: 10_000 })
    running.child.kill("SIGINT")
    expect(await running.ended).toMatchObject({ exit: 130 })
    expect(project.processes()).toEqual([])
  })
})

describe("a hard end", () => {
  it("of the node alone: pm2 brings it back, and no actor runs twice", async () => {
    await project.json("up")
    const before = await project.node()
    project.signal(/node-entry/, "SIGKILL")
    await eventually(
      async () => {
        const now = await project.node()
        return now?.status === "ready" && now.pid !== before?.pid
      },
      { timeoutMs: 10_000 },
    )
    expect(await project.request("apart.increment")).toBe(1)
    expect(project.processes().filter(({ command }) => command.includes("process-entry"))).toHaveLength(1)
  })

  it("of pm2's daemon: down ends what it left, and up brings it all under a new one", async () => {
    await project.json("up")
    project.signal(/God Daemon/, "SIGKILL")
    expect(await project.json<Up>("up")).toMatchObject({ type: "restarted" })
    expect(await project.request("apart.increment")).toBe(1)

    project.signal(/God Daemon/, "SIGKILL")
    expect(await project.cli(["down"])).toMatchObject({ exit: 0 })
    expect(project.processes()).toEqual([])
  })

  it("of nothing at all: a node that hangs is ended by force, with its process actors", async () => {
    await project.json("up")
    project.signal(/node-entry/, "SIGSTOP")
    const down = await project.cli(["down"])
    expect(down).toMatchObject({ exit: 0 })
    expect(down.stdout).toContain("actor apart ended")
    expect(project.processes()).toEqual([])
  })
})

describe("a start that cannot work", () => {
  it.each([
    ["names a server program that is none", ["--bus-server-bin", "/bin/true"], /NATS_SERVER_BIN=\/bin\/true/],
    ["names a server that nobody runs", ["--bus-url", "nats://127.0.0.1:1"], /127\.0\.0\.1:1: the bus cannot be reached/],
  ])("%s, with exit code 3, and leaves nothing", async (_, flags, said) => {
    const up = await project.cli(["up", ...flags])
    expect(up).toMatchObject({ exit: 3, stdout: "" })
    expect(up.stderr).toMatch(NAMED)
    expect(up.stderr).toMatch(said)
    expect(project.processes()).toEqual([])
  })

  it("names a wrong password at a server that runs already, and starts there with the right one", async () => {
    const bus = await testBus()
    const url = (password: string): string => bus.url.replace("://", `://${bus.user}:${password}@`)
    const refused = await project.cli(["up", "--bus-url", url("guess")])
    expect(refused).toMatchObject({ exit: 3 })
    expect(refused.stderr).toMatch(/ERR_BUS_REFUSED.*the bus refuses these credentials/)
    expect(refused.stderr).not.toContain("guess")
    const up = await project.cli(["up", "--bus-url", url(bus.password)])
    expect(up).toMatchObject({ exit: 0 })
    expect(project.processes().filter(({ command }) => command.includes("nats-server"))).toEqual([])
    expect(await project.cli(["down", "--bus-url", url(bus.password)])).toMatchObject({ exit: 0 })
    expect(project.processes()).toEqual([])
  })

  it("names a port that is taken, and leaves alone what runs at another", async () => {
    await project.json("up")
    const port = await takePort()
    const up = await project.cli(["up", "--bus-port", String(port)])
    expect(up).toMatchObject({ exit: 3 })
    expect(up.stderr).toContain(`port ${String(port)} on 127.0.0.1 is in use`)
    expect(await project.request("hits.increment")).toBe(1)

    const doctor = await project.cli(["doctor", "--bus-port", String(port)])
    expect(doctor).toMatchObject({ exit: 1 })
    expect(doctor.stdout).toMatch(new RegExp(`fail +port +${String(port)} on 127.0.0.1 is in use\\n +→ set bus.port`))
  })
})

describe("troupe env and doctor", () => {
  it("give a shell what a NATS client needs, and say that all is well", async () => {
    expect(await project.cli(["env"])).toMatchObject({ exit: 3, stdout: "" })
    expect(await project.cli(["doctor"])).toMatchObject({ exit: 0 })
    await project.json("up")
    const { stdout } = await project.cli(["env"])
    const printed = execFileSync("/bin/sh", ["-c", `${stdout}printf %s "$NATS_URL"`], { env: cliEnv(), encoding: "utf8" })
    expect(printed).toMatch(new RegExp(`^nats://troupe:[\\w-]+@127\\.0\\.0\\.1:${String(await portOfBus())}$`))
    const { healthy, findings } = await project.json<{ healthy: boolean; findings: { level: string; about: string }[] }>("doctor")
    expect(healthy).toBe(true)
    expect(findings).toContainEqual(expect.objectContaining({ about: "node", level: "ok" }))
  })
})
