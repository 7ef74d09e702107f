// Commanding the node from the command line, against a stand-in for the node on a real nats-server.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { listing, oneLine, useCliProjects } from "../support/cli-project.js"
import { DoubleNode, PROGRAM, psRow, Refusal, SILENCE, type Answerer } from "../support/double-node.js"
import { callCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

const { bus, projectWith } = useCliProjects()

describe("what cannot be reached", () => {
  it("is the node, when nobody answers on the bus", async () => {
    const { run } = await projectWith()
    const all = [["ps"], ["ask", "counter", "value"], ["tell", "counter", "value"], ["kill", "counter"], ["why", "counter"]]
    for (const { exit, stdout, stderr } of await Promise.all(all.map(async (args) => run(...args)))) {
      expect({ exit, stdout }).toEqual({ exit: 3, stdout: "" })
      expect(stderr).toBe('ERR_NODE_UNREACHABLE: no node answers for prefix "troupe"; "troupe up" starts it\n')
    }
  })

  it("is the bus, when none was started, when it has gone, and when a stranger sits at its address", async () => {
    const cwd = tempDir()
    mkdirSync(join(cwd, ".troupe"))
    expect(await callCli(["ps"], { cwd })).toMatchObject({
      exit: 3,
      stderr: expect.stringMatching(/^ERR_BUS_UNREACHABLE: .*no bus was started/) as string,
    })

    const state = {
      url: bus.url,
      port: Number(new URL(bus.url).port),
      startedBy: { type: "pm2" },
      binary: "x",
      version: "2.14.0",
    }
    const secrets = { user: bus.user, password: bus.password, sysUser: "s", sysPassword: "s", serverName: "another" }
    writeFileSync(join(cwd, ".troupe/bus.json"), JSON.stringify({ ...state, ...secrets }))
    expect(await callCli(["ps"], { cwd })).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining("another nats-server answers there") as string,
    })
    writeFileSync(join(cwd, ".troupe/bus.json"), JSON.stringify({ ...state, ...secrets, password: "wrong" }))
    expect(await callCli(["ps"], { cwd })).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining("another nats-server answers there") as string,
    })
    writeFileSync(join(cwd, ".troupe/bus.json"), JSON.stringify({ ...state, ...secrets, url: "nats://127.0.0.1:1" }))
    expect(await callCli(["ps"], { cwd })).toMatchObject({ exit: 3, stderr: expect.stringContaining("ECONNREFUSED") as string })
    writeFileSync(join(cwd, ".troupe/bus.json"), "{")
    expect(await callCli(["ps"], { cwd })).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining("bus.json is not JSON") as string,
    })
  })

  it("is named for a configured server too, its credentials never shown", async () => {
    const cwd = tempDir()
    const url = bus.url.replace("://", `://${bus.user}:wrong-secret@`)
    const { exit, stderr } = await callCli(["ps", "--bus-url", url], { cwd })
    expect({ exit, stderr }).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^ERR_BUS_REFUSED: /) as string })
    expect(stderr).not.toContain("wrong-secret")
  })
})

describe("the configuration", () => {
  it("comes from a file, from variables and from flags; a later one goes first", async () => {
    const { cwd } = await projectWith()
    const other = new DoubleNode(await bus.connect(), "other")
    other.commands({ stats: () => ({ from: "other" }) })
    await other.ready()
    writeFileSync(
      join(cwd, "bus.json"),
      JSON.stringify({ prefix: "wrong", bus: { url: bus.url, user: bus.user, password: bus.password } }),
    )
    const env = { TROUPE_PREFIX: "other" }
    expect(await callCli(["stats", "--json", "--config", "bus.json"], { cwd, env })).toMatchObject({
      exit: 0,
      stdout: '{"from":"other"}\n',
    })
    expect(await callCli(["--prefix=other", "stats", "--json"], { cwd })).toMatchObject({ exit: 0, stdout: '{"from":"other"}\n' })
    const login = ["--bus-user", bus.user, "--bus-password", bus.password]
    expect(await callCli(["stats", "--json", "--bus-url", bus.url, ...login], { cwd, env })).toMatchObject({ exit: 0 })
  })

  it("is refused with its source, whichever that is", async () => {
    const cwd = tempDir()
    const outcomes = await Promise.all([
      callCli(["ps", "--bus-port", "99999"], { cwd }),
      callCli(["ps", "--config", "none.json"], { cwd }),
      callCli(["ps"], { cwd, env: { TROUPE_PREFX: "a" } }),
      callCli(["ps", "--prefix", "1a"], { cwd }),
    ])
    for (const { exit, stderr } of outcomes)
      expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringMatching(/^ERR_BAD_CONFIG: [^\n]+\n$/) as string })
    expect(outcomes.map(({ stderr }) => /--bus-port|--config|TROUPE_PREFX|--prefix/.exec(stderr)?.[0])).toEqual([
      "--bus-port",
      "--config",
      "TROUPE_PREFX",
      "--prefix",
    ])
  })
})

describe("troupe ps and tree", () => {
  const rows = [
    psRow("counter"),
    psRow("salt", { kind: "reflections", placement: "process", pid: 4712, status: "restarting", restarts: 12 }),
  ]

  it("list actors in columns that awk can read", async () => {
    const { run } = await projectWith(listing(...rows, psRow("clock", { placement: "thread", threadId: 3 })))
    const { exit, stdout } = await run("ps")
    expect(exit).toBe(0)
    expect(stdout.split("\n")).toEqual([
      "NAME     KIND         PLACEMENT  STATUS      PID/THREAD  RESTARTS  HANDLED  IN FLIGHT  UPTIME",
      "counter  counter      inline     running     4711               0        5          1   1m 1s",
      "salt     reflections  process    restarting  4712              12        5          1   1m 1s",
      "clock    counter      thread     running     4711/3             0        5          1   1m 1s",
      "",
    ])
  })

  it("give the reply as one line of JSON with --json", async () => {
    const { run } = await projectWith(listing(...rows))
    const { stdout } = await run("ps", "--json")
    expect(stdout).toMatch(oneLine)
    expect(JSON.parse(stdout)).toEqual({ program: PROGRAM, actors: rows })
  })

  it("say so when there is no actor, and stand what a node of another version answers", async () => {
    const { run } = await projectWith({
      ps: () => ({ actors: [] }),
      tree: () => ({ children: [{ name: 7 }, null, "x"] }),
      stats: () => 5,
    })
    expect(await run("ps")).toMatchObject({ exit: 0, stdout: expect.stringContaining("no actors") as string })
    expect(await run("tree")).toMatchObject({ exit: 0, stdout: expect.stringContaining("└─ 7") as string })
    expect(await run("stats")).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^ERR_UNDECODABLE/) as string })
  })

  it("draw who supervises whom", async () => {
    const tree = { ...PROGRAM, children: [{ ...psRow("a"), children: [{ ...psRow("b"), children: [] }, { ...psRow("c", { restarts: 1 }), children: [] }] }, { ...psRow("d"), children: [{ ...psRow("e"), children: [] }] }] } // prettier-ignore
    const { run } = await projectWith({ tree: () => tree })
    expect((await run("tree")).stdout).toBe(
      [
        "node (pid 4711, prefix troupe, up 1m 1s)",
        "├─ a running (counter, inline, pid 4711)",
        "│  ├─ b running (counter, inline, pid 4711)",
        "│  └─ c running (counter, inline, pid 4711, 1 restart)",
        "└─ d running (counter, inline, pid 4711)",
        "   └─ e running (counter, inline, pid 4711)",
        "",
      ].join("\n"),
    )
  })

  it("colour only when asked to, where nobody watches", async () => {
    const { cwd } = await projectWith(listing(...rows))
    const args = ["ps"]
    expect((await callCli(args, { cwd, env: { FORCE_COLOR: "1" } })).stdout).toContain("\u001b[")
    expect((await callCli([...args, "--no-color"], { cwd, env: { FORCE_COLOR: "1" } })).stdout).not.toContain("\u001b[")
    expect((await callCli(args, { cwd, env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).stdout).not.toContain("\u001b[")
  })
})

describe("commands to the node", () => {
  const bodyOf = (node: DoubleNode, command: string): unknown =>
    node.seen.find(({ subject }) => subject === `troupe._ctl.${command}`)?.body

  it("spawn sends what was given and nothing else", async () => {
    const { node, run } = await projectWith({
      spawn: () => ({ id: "n1abc:5", name: "hits", kind: "counter", placement: "thread", pid: 4711, threadId: 3 }),
    })
    const given = [
      "--name",
      "hits",
      "--placement",
      "thread",
      "--args",
      '{"start":5}',
      "--restart",
      "transient",
      "--timeout",
      "2s",
      "--memory",
      "64",
      "--unresponsive",
      "3s",
      "--on-unresponsive",
      "restart",
    ]
    const { exit, stdout } = await run("spawn", "counter", ...given)
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "hits is running (counter, thread, pid 4711/3)\n" })
    expect(bodyOf(node, "spawn")).toEqual({
      kind: "counter",
      name: "hits",
      placement: "thread",
      args: { start: 5 },
      restart: "transient",
      startTimeoutMs: 2000,
      memoryMb: 64,
      unresponsiveMs: 3000,
      onUnresponsive: "restart",
    })
    expect(Number(node.seen[0]?.timeoutHeader)).toBe(4000)
  })

  it("spawn tells an unknown kind from a taken name, a failed start and a late one", async () => {
    const refusals = {
      a: "ERR_NO_KIND",
      b: "ERR_NAME_TAKEN",
      c: "ERR_START_FAILED",
      d: "ERR_START_TIMED_OUT",
      e: "ERR_BAD_OPTION",
    }
    const { run } = await projectWith({
      spawn: (body) => new Refusal(refusals[(body as { kind: keyof typeof refusals }).kind], "so it is"),
    })
    const outcomes = await Promise.all(Object.keys(refusals).map(async (kind) => run("spawn", kind)))
    expect(outcomes.map(({ exit }) => exit)).toEqual([4, 1, 1, 5, 2])
  })

  it("stop, drain and kill name the rung that worked", async () => {
    const ended = (rung: string) => ({
      name: "counter",
      id: "n1abc:5",
      rung,
      tookMs: 12.4,
      reason: { type: "signalled", known: "signal", signal: "SIGKILL" },
    })
    const { node, run } = await projectWith({
      stop: () => ended("stop"),
      drain: () => ended("cancel"),
      kill: () => ended("kill"),
    })
    expect(await run("stop", "counter")).toMatchObject({
      exit: 0,
      stdout: "counter ended by stop after 12ms: signalled (SIGKILL)\n",
    })
    expect(await run("drain", "counter", "--timeout", "1s")).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining("by cancel") as string,
    })
    expect(JSON.parse((await run("kill", "counter", "--json")).stdout)).toEqual(ended("kill"))
    expect(["stop", "drain", "kill"].map((command) => bodyOf(node, command))).toEqual([
      { name: "counter" },
      { name: "counter", timeoutMs: 1000 },
      { name: "counter" },
    ])
    // The whole ladder below the first rung may be needed.
    expect(node.seen.map(({ timeoutHeader }) => Number(timeoutHeader))).toEqual([10_000, 11_000, 4000])
  })

  it("name the actor that may be meant, and tell a missing bus of ours from one elsewhere", async () => {
    const absent = (body: unknown): Refusal =>
      new Refusal("ERR_NO_ACTOR", `${(body as { name: string }).name}: there is no such actor`)
    const answers = { stop: absent, drain: absent, kill: absent, restart: absent, why: absent }
    const { run, cwd } = await projectWith({ ...listing(psRow("counter")), ...answers })
    for (const command of Object.keys(answers)) {
      expect(await run(command, "conuter")).toMatchObject({
        exit: 4,
        stderr: expect.stringContaining('mean "counter"') as string,
      })
      expect((await run(command, "zzz")).stderr).toMatch(/^ERR_NO_ACTOR: zzz: there is no such actor\n$/)
    }
    const elsewhere = await callCli(["ps", "--bus-url", "nats://127.0.0.1:1"], { cwd })
    expect(elsewhere.stderr).toMatch(/; see that a nats-server runs there; "troupe doctor" says what is wrong\n$/)
    expect((await callCli(["ps"], { cwd: tempDir() })).stderr).toMatch(/; "troupe up" starts it, "troupe doctor" says/)
  })

  it("restart, describe, why and stats show what the node says", async () => {
    const kind = { kind: "counter", description: "counts", module: "/p/counter.js", handlers: [{ name: "increment", schema: true, reentrant: false }, { name: "value", schema: false, reentrant: true }], mailbox: { capacity: 1000, overflow: "reject" } } // prettier-ignore
    const crash = { type: "crashed", known: "thrown-error", error: { name: "TypeError", message: "x is not\na function" } }
    const { node, run } = await projectWith({
      restart: () => ({ name: "counter", id: "n1abc:5", restarts: 3 }),
      describe: () => ({ kinds: [kind], problems: [{ file: "/p/broken.js", message: "SyntaxError: no" }] }),
      why: ({ name }: { name: string }) => ({
        name,
        deaths:
          name === "well"
            ? []
            : [
                {
                  at: 0,
                  incarnation: 2,
                  reason: crash,
                  lastMessage: { handler: "increment" },
                  stack: "TypeError: x\n    at a.js:1",
                },
              ],
      }),
      stats: () => ({ messages: 5 }),
    } as Record<string, Answerer>)
    expect((await run("restart", "counter")).stdout).toBe("counter is running again (restarts: 3)\n")
    expect((await run("describe", "counter")).stdout).toBe(
      "counter  counts\n  handlers  increment (input checked), value (reentrant)\n  mailbox   1000 messages, then reject\n  module    /p/counter.js\n\nunusable /p/broken.js: SyntaxError: no\n",
    )
    expect(bodyOf(node, "describe")).toEqual({ kind: "counter" })
    expect((await run("why", "counter")).stdout).toBe(
      '1970-01-01T00:00:00.000Z  incarnation 2  crashed (TypeError: x is not a function)\n  known by      thrown-error\n  last message  {"handler":"increment"}\n    TypeError: x\n    at a.js:1\n',
    )
    expect((await run("why", "well")).stdout).toBe("well has not died\n")
    expect((await run("stats")).stdout).toBe('{\n  "messages": 5\n}\n')
  })

  it("end with 5 when the node is there and does not answer", async () => {
    const { run } = await projectWith({ ps: () => SILENCE, restart: () => SILENCE })
    expect(await run("ps", "--timeout", "200ms")).toMatchObject({
      exit: 5,
      stderr: expect.stringMatching(/^ERR_TIMED_OUT: the node, asked to ps/) as string,
    })
  })
})
