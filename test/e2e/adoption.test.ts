import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import type { Counter } from "../../actors/counter.js"
import { ActorSystem, type ActorRef } from "../../runtime/index.js"
import type { NodeState } from "../../runtime/system/node-state.js"
import { eventually } from "../support/eventually.js"
import { NodeProject } from "../support/node-project.js"

interface Row {
  readonly name: string
  readonly pid: number
  readonly status: string
}

const COUNTER = { kind: "counter", name: "hits" } as const
const APART = { kind: "counter", name: "apart", placement: "process" } as const
const LONG = { timeoutMs: 40_000 } as const

let project: NodeProject
beforeEach(async () => {
  project = await NodeProject.create([COUNTER, APART])
  return () => project.close()
})

async function rowOf(name: string): Promise<Row | undefined> {
  return (await project.json<{ actors: Row[] }>("ps")).actors.find((row) => row.name === name)
}

/** @throws {Error} when it has none: the pid 0 would be this whole test run. */
async function pidOf(name: string): Promise<number> {
  const pid = (await rowOf(name))?.pid ?? 0
  if (pid === 0) throw new Error(`no process of ${name}`)
  return pid
}

function hostPids(): number[] {
  return project
    .processes()
    .filter(({ command }) => command.includes("process-entry"))
    .map(({ pid }) => pid)
}

function ownerPids(): number[] {
  const folder = join(project.stateDir, "hosts")
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"))
  return files.map((name) => (JSON.parse(readFileSync(join(folder, name), "utf8")) as { ownerPid: number }).ownerPid)
}

async function readyAfter(before: NodeState | undefined): Promise<NodeState> {
  let now: NodeState | undefined
  await eventually(async () => {
    now = await project.node()
    return now?.status === "ready" && now.pid !== before?.pid
  }, LONG)
  if (now === undefined) throw new Error("no node")
  return now
}

/** @throws {Error} when there is none: the pid 0 would be this whole test run. */
async function nodeThere(): Promise<NodeState> {
  const node = await project.node()
  if (node === undefined) throw new Error("no node")
  return node
}

/** SIGKILL to the node; resolves when pm2 has brought it back. */
async function killNode(): Promise<NodeState> {
  const before = await nodeThere()
  process.kill(before.pid, "SIGKILL")
  return readyAfter(before)
}

/** Another program on the project's bus. */
async function program(): Promise<ActorSystem> {
  const { NATS_URL = "" } = await project.json<Record<string, string>>("env")
  const { prefix, dir } = project
  const system = await ActorSystem.start({ bus: NATS_URL, prefix, stateDir: `${dir}/other`, logLevel: "silent" })
  onTestFinished(() => system.shutdown())
  return system
}

async function lookup(system: ActorSystem, name: string): Promise<ActorRef<Counter>> {
  const ref = (await system.lookup(name)) as ActorRef<Counter> | undefined
  if (ref === undefined) throw new Error(`no ${name}`)
  return ref
}

async function expectNothingAfterDown(): Promise<void> {
  expect(await project.cli(["down"])).toMatchObject({ exit: 0 })
  expect(project.processes()).toEqual([])
}

describe("a node that is killed and brought back by pm2", () => {
  it("S14 adopts a process actor that is what it was: the same process, with its state, under a new owner that can end it", async () => {
    await project.json("up")
    expect(await project.request("apart.increment", '{"by":5}')).toBe(5)
    const pid = await pidOf("apart")

    const node = await killNode()
    expect(node).toMatchObject({ incarnation: 2, left: { adopted: ["apart"], ended: [] }, actors: ["hits", "apart"] })
    expect(await rowOf("apart")).toMatchObject({ pid, status: "running" })
    expect(await project.request("apart.increment")).toBe(6)
    expect(hostPids()).toEqual([pid])
    // Whoever looks for orphans looks for the owner that its file names.
    expect(ownerPids()).toEqual([node.pid])

    // Its end is seen by its new owner, which starts it anew.
    process.kill(pid, "SIGKILL")
    await eventually(async () => ![undefined, 0, pid].includes((await rowOf("apart"))?.pid), LONG)
    expect(await project.request("apart.increment")).toBe(1)
    await expectNothingAfterDown()
  })

  it("S14 is killed again, also while it adopts, and in the end each actor runs once, in the process it had", async () => {
    await project.json("up")
    expect(await project.request("apart.increment", '{"by":5}')).toBe(5)
    const pid = await pidOf("apart")
    const second = await killNode()
    process.kill(second.pid, "SIGKILL")
    await eventually(async () => (await project.node())?.incarnation === 3, LONG)
    const third = await nodeThere()
    process.kill(third.pid, "SIGKILL")
    expect(await readyAfter(third)).toMatchObject({ incarnation: 4, left: { adopted: ["apart"], ended: [] } })
    expect(await project.request("apart.increment")).toBe(6)
    expect(hostPids()).toEqual([pid])
    await expectNothingAfterDown()
  })

  it("S14 ends a process actor whose spec is another by now and starts it anew, and ends one that was spawned at run time", async () => {
    await project.json("up")
    await project.json("spawn", "counter", "--name", "extra", "--placement", "process")
    expect(await project.request("apart.increment", '{"by":5}')).toBe(5)
    expect(await project.request("extra.increment")).toBe(1)
    const [apart, extra] = [await pidOf("apart"), await pidOf("extra")]

    project.configure({ topology: [COUNTER, { ...APART, mailbox: { capacity: 7 } }] })
    const node = await killNode()
    expect(node.left?.adopted).toEqual([])
    expect([...(node.left?.ended ?? [])].sort()).toEqual(["apart", "extra"])
    expect(await project.request("apart.increment")).toBe(1)
    expect(hostPids()).toEqual([await pidOf("apart")])
    expect(hostPids()).not.toContain(apart)
    expect(hostPids()).not.toContain(extra)
    expect(await rowOf("extra")).toBeUndefined()
    await expectNothingAfterDown()
  })

  it("S14 adopts the process children of a supervisor by their names", async () => {
    const children = [{ id: "one", kind: "counter", placement: "process", name: "one" }]
    project.configure({ topology: [{ kind: "supervisor", name: "boss", args: { children } }] })
    await project.json("up")
    expect(await project.request("one.increment", '{"by":5}')).toBe(5)
    expect(await killNode()).toMatchObject({ left: { adopted: ["one"], ended: [] } })
    expect(await project.request("one.increment")).toBe(6)
    expect(hostPids()).toHaveLength(1)
    await expectNothingAfterDown()
  })

  it("S14 is started by troupe up before pm2 does, and adopts all the same", async () => {
    await project.json("up")
    expect(await project.request("apart.increment", '{"by":5}')).toBe(5)
    const pid = await pidOf("apart")
    process.kill((await nodeThere()).pid, "SIGKILL")
    // pm2 may have brought it back by then; if so, that one is waited for.
    expect(await project.cli(["up"])).toMatchObject({ exit: 0, stdout: expect.stringContaining("apart") as string })
    expect(await project.node()).toMatchObject({ status: "ready", left: { adopted: ["apart"], ended: [] } })
    expect(await project.request("apart.increment")).toBe(6)
    expect(hostPids()).toEqual([pid])
    await expectNothingAfterDown()
  })

  it("S14 ends a process that does not answer and starts its actor anew", async () => {
    await project.json("up")
    const pid = await pidOf("apart")
    process.kill(pid, "SIGSTOP")
    const node = await killNode()
    expect(node).toMatchObject({ left: { adopted: [] }, failed: [] })
    expect(hostPids()).toHaveLength(1)
    expect(hostPids()).not.toContain(pid)
    expect(await project.request("apart.increment")).toBe(1)
    await expectNothingAfterDown()
  })

  it("W5 tells a watcher in another program nothing of an actor that is adopted, and once of each that went with the node", async () => {
    await project.json("up")
    await project.json("spawn", "counter", "--name", "extra", "--placement", "process")
    const system = await program()
    const refs = await Promise.all(["hits", "apart", "extra"].map((name) => lookup(system, name)))
    const told: string[] = []
    for (const ref of refs) system.watch(ref, ({ name }, { type }) => told.push(`${name} ${type}`))
    const [hits, apart] = refs as [ActorRef<Counter>, ActorRef<Counter>]
    expect(await apart.ask.increment({ by: 5 })).toBe(5)
    expect(await hits.ask.increment({ by: 5 })).toBe(5)

    const before = await nodeThere()
    process.kill(before.pid, "SIGKILL")
    // Nobody of the node is needed for a message from program to process.
    while ((await project.node())?.pid === before.pid) expect(await apart.ask.value()).toBe(5)
    await readyAfter(before)
    expect(await apart.ask.increment()).toBe(6)
    await expect(hits.ask.value()).rejects.toMatchObject({ code: "ERR_NO_ACTOR" })
    expect(await (await lookup(system, "hits")).ask.value()).toBe(0)
    await eventually(() => told.length === 2, LONG)
    expect([...told].sort()).toEqual(["extra host-lost", "hits host-lost"])

    await system.kill(apart)
    await eventually(() => told.length === 3, LONG)
    expect(told[2]).toBe("apart killed")
  })

  it("W5 tells a watcher nothing of a process actor that runs on while the node stays away for so long that it counts as lost", async () => {
    await project.json("up")
    const system = await program()
    const refs = await Promise.all(["hits", "apart"].map((name) => lookup(system, name)))
    const told: string[] = []
    for (const ref of refs) system.watch(ref, ({ name }, { type }) => told.push(`${name} ${type}`))
    const [, apart] = refs as [ActorRef<Counter>, ActorRef<Counter>]
    expect(await apart.ask.increment({ by: 5 })).toBe(5)

    // A daemon that is stopped brings nothing back.
    const before = await nodeThere()
    project.signal(/God Daemon/, "SIGSTOP")
    try {
      process.kill(before.pid, "SIGKILL")
      await eventually(() => told.length > 0, LONG)
      expect(await apart.ask.value()).toBe(5)
    } finally {
      project.signal(/God Daemon/, "SIGCONT")
    }
    await readyAfter(before)
    expect(await apart.ask.increment()).toBe(6)
    expect(told).toEqual(["hits host-lost"])
    await system.kill(apart)
    await eventually(() => told.length === 2, LONG)
    expect(told[1]).toBe("apart killed")
  })

  it("S14 finds its processes when the bus died with it, and leaves nothing after down when pm2's daemon did (scenario 19)", async () => {
    await project.json("up")
    expect(await project.request("apart.increment", '{"by":5}')).toBe(5)
    project.signal(/nats-server/, "SIGKILL")
    expect(await killNode()).toMatchObject({ left: { adopted: ["apart"], ended: [] } })
    expect(await project.request("apart.increment")).toBe(6)

    project.signal(/God Daemon/, "SIGKILL")
    process.kill((await nodeThere()).pid, "SIGKILL")
    await expectNothingAfterDown()
  })
})
