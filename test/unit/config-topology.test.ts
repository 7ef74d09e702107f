import { describe, expect, it } from "vitest"
import { defineTopology } from "../../config/define-topology.js"
import type { ConfigOverrides, TopologyEntry } from "../../config/schema.js"
import { loadConfig } from "../../config/load.js"
import { topology } from "../../config/topology.js"
import { linesWith, problemsWith, project } from "../support/config-project.js"

const NAME = 'a name (a letter, then letters, digits, "_" or "-"; 64 at most)'

describe("a topology", () => {
  it("is checked by the compiler as it is written", () => {
    // @ts-expect-error no such placement
    defineTopology([{ kind: "a", name: "a", placement: "cloud" }])
    // @ts-expect-error the kind is missing
    defineTopology([{ name: "a" }])
    // @ts-expect-error a function is no JSON
    defineTopology([{ kind: "a", name: "a", args: () => 1 }])
    const flags: ConfigOverrides = { log: { level: "debug", format: undefined } }
    expect(defineTopology([{ kind: "a", name: "a", args: [1, { b: null }] }])).toHaveLength(1)
    expect(flags).toBeDefined()
  })

  it("starts an example in each placement", () => {
    expect(topology.map(({ name, placement = "inline" }) => `${name} ${placement}`)).toEqual([
      "counter inline",
      "greeter inline",
      "clock thread",
      "word-count thread",
      "reflections process",
    ])
  })

  it("keeps what an entry says, and fills in the rest", () => {
    const full: TopologyEntry = {
      kind: "k",
      name: "n",
      placement: "process",
      args: { deep: [1, "ä", null, { ["__proto__"]: 1 }] },
      restart: "transient",
      mailbox: { overflow: "wait" },
    }
    const loaded = loadConfig({ projectDir: project(), env: {}, topology: [full, { kind: "k", name: "m" }] }).topology
    expect(loaded).toEqual([full, { kind: "k", name: "m", placement: "inline", restart: "permanent" }])
  })

  it("takes what only a thread or a process can have, and refuses it of an inline actor", () => {
    const own = { memoryMb: 64, unresponsiveMs: 500, onUnresponsive: "kill" } as const
    const entry: TopologyEntry = { kind: "k", name: "n", placement: "thread", ...own }
    const loaded = loadConfig({ projectDir: project(), env: {}, topology: [entry] }).topology
    expect(loaded).toEqual([{ ...entry, restart: "permanent" }])
    const lines = linesWith({ topology: [{ kind: "k", name: "n", ...own }] })
    expect(lines.map((line) => line.replace(/: expected.*/, ""))).toEqual(
      Object.keys(own).map((field) => expect.stringContaining(`topology[0].${field}`) as string),
    )
    expect(lines[0]).toContain('expected the placement "thread" or "process" beside it')
  })

  it("refuses each wrong field of an entry, naming the entry", () => {
    const wrong: [string, unknown, string][] = [
      ["kind", undefined, `expected ${NAME}, got nothing`],
      ["kind", "1a", `expected ${NAME}, got '1a'`],
      ["name", "troupe.counter.*", `expected ${NAME}, got 'troupe.counter.*'`],
      ["name", "_ctl", `expected ${NAME}, got '_ctl'`],
      ["name", "", `expected ${NAME}, got ''`],
      ["name", "x".repeat(65), `expected ${NAME}, got '${"x".repeat(65)}'`],
      ["placement", "worker", `expected "inline" or "thread" or "process", got 'worker'`],
      ["restart", "always", `expected "permanent" or "transient" or "temporary", got 'always'`],
      ["args", NaN, "expected JSON, got a number (not shown)"],
      ["args", 10n, "expected JSON, got a bigint (not shown)"],
      ["args", new Date(), "expected JSON, got an object"],
      ["args", { a: [() => 1] }, "expected JSON, got an object"],
      ["mailbox", 5, "expected an object, got 5"],
    ]
    for (const [key, value, message] of wrong) {
      const entry = { kind: "k", name: "n", [key]: value } as unknown as TopologyEntry
      expect(linesWith({ topology: [{ kind: "k", name: "first" }, entry] })).toEqual([
        `config/topology.ts: topology[1].${key}: ${message}`,
      ])
    }
    const mailbox = { capacity: 0, overflow: "x", size: 1 } as unknown as NonNullable<TopologyEntry["mailbox"]>
    expect(problemsWith({ topology: [{ kind: "k", name: "n", mailbox }] }).map(({ path }) => path)).toEqual([
      "topology[0].mailbox.capacity",
      "topology[0].mailbox.overflow",
      "topology[0].mailbox.size",
    ])
    expect(linesWith({ config: { topology: ["counter", null, []] } })).toEqual([
      "troupe.config.json: topology[0]: expected an object, got 'counter'",
      "troupe.config.json: topology[1]: expected an object, got null",
      "troupe.config.json: topology[2]: expected an object, got a list",
    ])
  })

  it("refuses args that never end", () => {
    const loop: Record<string, unknown> = {}
    loop["self"] = loop
    const entry = { kind: "k", name: "n", args: loop } as unknown as TopologyEntry
    expect(linesWith({ topology: [entry] })).toEqual(["config/topology.ts: topology[0].args: expected JSON, got an object"])
  })
})
