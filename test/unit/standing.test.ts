import { describe, expect, it } from "vitest"
import { planOf, type Standing } from "../../runtime/cli/standing.js"
import type { Pm2Process } from "../../runtime/host/pm2/pm2-process.js"
import type { BootDigest } from "../../runtime/system/boot-digest.js"
import { changesBetween, describeChange } from "../../runtime/system/boot-digest.js"
import type { NodeState } from "../../runtime/system/node-state.js"

const DIGEST: BootDigest = { settings: "s", bus: "b", topology: { a: "1" }, modules: { "a.js": "1" }, runtime: "r" }
const NODE: NodeState = {
  status: "ready",
  pid: 40,
  startTime: "1",
  name: "node",
  prefix: "troupe",
  pm2Home: "/p",
  startedAt: "",
  actors: [],
  failed: [],
  problems: [],
  digest: DIGEST,
}

function app(pid: number, status = "online"): Pm2Process {
  const rest = {
    namespace: "",
    uniqueId: "",
    restarts: 0,
    startedAtMs: 0,
    outLog: "",
    errorLog: "",
    memoryBytes: 0,
    cpuPercent: 0,
  }
  return { name: "x", pmId: pid, pid, status, env: {}, ...rest }
}

const ALL: Standing = { node: NODE, bus: "running", apps: { bus: [app(30)], node: [app(40)] } }
const plan = (standing: Partial<Standing>, digest: Partial<BootDigest> = {}, ownServer = true): unknown =>
  planOf({ ...ALL, ...standing }, { digest: { ...DIGEST, ...digest }, ownServer })

describe("the plan of a start", () => {
  it.each([
    ["keeps what runs", {}, {}, "keep", "keep"],
    ["starts both where nothing runs", { node: undefined, bus: "absent", apps: { bus: [], node: [] } }, {}, "start", "start"],
    ["waits for a node that is starting", { node: { ...NODE, status: "starting" } }, {}, "keep", "await"],
    ["replaces a node that gave up", { node: { ...NODE, status: "failed" } }, {}, "keep", "start"],
    ["replaces a node that pm2 has lost", { apps: { bus: [app(30)], node: [] } }, {}, "keep", "start"],
    ["replaces a node when pm2 runs another in its place", { apps: { bus: [app(30)], node: [app(41)] } }, {}, "keep", "start"],
    ["starts a bus that is down and keeps the node, which reconnects", { bus: "absent" }, {}, "start", "keep"],
    ["replaces a bus that pm2 has lost", { apps: { bus: [], node: [app(40)] } }, {}, "start", "keep"],
    ["replaces a bus that pm2 gave up", { apps: { bus: [app(30, "errored")], node: [app(40)] } }, {}, "start", "keep"],
    ["restarts the node alone for a changed topology", {}, { topology: { a: "2" } }, "keep", "start"],
    ["restarts both for changed settings of the bus", {}, { bus: "c" }, "start", "start"],
  ] as const)("%s", (_, standing, digest, bus, node) => {
    expect(plan(standing as Partial<Standing>, digest)).toMatchObject({ bus, node })
  })

  it("has no bus where another server is configured", () => {
    expect(plan({ bus: "absent", apps: { bus: [], node: [app(40)] } }, {}, false)).toMatchObject({ bus: "none", node: "keep" })
  })
})

describe("what has changed since a start", () => {
  it("is told part by part, the boot actors first", () => {
    const after = { ...DIGEST, settings: "t", topology: { b: "1", a: "2" }, modules: {} }
    expect(changesBetween(DIGEST, after).map(describeChange)).toEqual([
      "boot actor b added",
      "boot actor a changed",
      "module a.js removed",
      "settings changed",
    ])
    expect(changesBetween(DIGEST, DIGEST)).toEqual([])
  })
})
