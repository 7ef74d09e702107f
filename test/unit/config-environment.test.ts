import { describe, expect, it } from "vitest"
import { describeConfig } from "../../config/describe.js"
import { loadConfig } from "../../config/load.js"
import { linesWith, problemsWith, project } from "../support/config-project.js"

describe("the environment", () => {
  it("names each variable after the place of its setting", () => {
    const names = Object.fromEntries(describeConfig().map(({ path, env }) => [path, env]))
    expect(names).toMatchObject({
      prefix: "TROUPE_PREFIX",
      stateDir: "TROUPE_STATE_DIR",
      "bus.url": "TROUPE_BUS_URL",
      "bus.tls.caFile": "TROUPE_BUS_TLS_CA_FILE",
      "bus.maxPayloadBytes": "TROUPE_BUS_MAX_PAYLOAD_BYTES",
      "mailbox.capacity": "TROUPE_MAILBOX_CAPACITY",
      "node.restart.withinMs": "TROUPE_NODE_RESTART_WITHIN_MS",
      strictMessages: "TROUPE_STRICT_MESSAGES",
    })
    expect(names["topology"]).toBeUndefined()
  })

  it("sets every setting but the list", () => {
    for (const { path, env } of describeConfig()) {
      if (env === undefined) continue
      // A NUL cannot be in a name, a path, a URL or a word, and makes no number: whatever the field, it is read and refused.
      const lines = linesWith({ env: { [env]: "\0" } })
      if (/User|user|password|token/.test(path)) expect(lines[0]).toContain(env)
      else expect(lines[0], path).toMatch(new RegExp(`^${env}: ${path}: expected `))
    }
  })

  it("reads numbers and booleans strictly", () => {
    const port = (text: string): number => loadConfig({ projectDir: project(), env: { TROUPE_BUS_PORT: text } }).bus.port
    expect(port("4222")).toBe(4222)
    expect(port("0")).toBe(0)
    for (const text of [
      "10x",
      "x10",
      "1e3",
      "0x10",
      "1.5",
      "1.0",
      " 1",
      "1 ",
      "+1",
      "-1",
      "65536",
      "NaN",
      "Infinity",
      "true",
      "1_0",
      "٣",
    ]) {
      const [line, ...more] = linesWith({ env: { TROUPE_BUS_PORT: text } })
      expect(line, text).toMatch(/^TROUPE_BUS_PORT: bus\.port: expected integer 0 to 65535, got /)
      expect(more).toEqual([])
    }
    expect(problemsWith({ env: { TROUPE_BUS_PORT: "9".repeat(400) } })).toHaveLength(1)

    const strict = (text: string): boolean =>
      loadConfig({ projectDir: project(), env: { TROUPE_STRICT_MESSAGES: text } }).strictMessages
    expect([strict("true"), strict("1"), strict("false"), strict("0")]).toEqual([true, true, false, false])
    for (const text of ["yes", "TRUE", "on", "2", "toString", "__proto__"]) {
      expect(linesWith({ env: { TROUPE_STRICT_MESSAGES: text } })).toEqual([
        `TROUPE_STRICT_MESSAGES: strictMessages: expected true or false, got '${text}'`,
      ])
    }
  })

  it("takes an empty variable for an unset one, known or not", () => {
    const env = { TROUPE_BUS_PORT: "", TROUPE_PREFIX: "", TROUPE_NO_SUCH: "", NATS_SERVER_BIN: "", TROUPE_STATE_DIR: undefined }
    const projectDir = project()
    expect(loadConfig({ projectDir, env })).toEqual(loadConfig({ projectDir, env: {} }))
  })

  it("refuses variables that are no setting, with the nearest name", () => {
    expect(
      linesWith({ env: { TROUPE_BUS_PROT: "1", TROUPE_STATEDIR: "x", TROUPE_CONFG: "y", TROUPE_: "z" } }).slice(0, 3),
    ).toEqual([
      "environment: TROUPE_BUS_PROT: unknown variable; did you mean TROUPE_BUS_PORT?",
      "environment: TROUPE_STATEDIR: unknown variable; did you mean TROUPE_STATE_DIR?",
      "environment: TROUPE_CONFG: unknown variable; did you mean TROUPE_CONFIG?",
    ])
    expect(problemsWith({ env: { TROUPE_: "z" } })).toHaveLength(1)
    expect(linesWith({ env: { TROUPE_TOPOLOGY: "[]" } })).toEqual([
      'environment: TROUPE_TOPOLOGY: a list cannot be set by a variable; set "topology" in the configuration file',
    ])
    expect(problemsWith({ env: { ["TROUPE_" + "X".repeat(100_000)]: "1" } })).toHaveLength(1)
  })

  it("leaves alone what is reserved and what is not ours", () => {
    const env = {
      TROUPE_INTERNAL_HOST: "n1",
      TROUPE_TEST_FAULT: "x",
      TROUPES: "5",
      troupe_prefix: "no",
      PATH: "/bin",
      NATS_URL: "nats://h",
    }
    expect(problemsWith({ env })).toEqual([])
  })

  it("takes NATS_SERVER_BIN for bus.serverBin when nothing else sets it", () => {
    const NATS_SERVER_BIN = "/opt/a"
    const found = (env: Record<string, string>, file?: unknown): string | undefined =>
      loadConfig({ projectDir: project(file), env }).bus.serverBin
    expect(found({ NATS_SERVER_BIN })).toBe("/opt/a")
    expect(found({ NATS_SERVER_BIN, TROUPE_BUS_SERVER_BIN: "/opt/b" })).toBe("/opt/b")
    expect(found({ NATS_SERVER_BIN }, { bus: { serverBin: "/opt/c" } })).toBe("/opt/c")
    expect(linesWith({ env: { NATS_SERVER_BIN: "a\0b" } })[0]).toMatch(/^NATS_SERVER_BIN: bus\.serverBin: expected a path/)
  })
})
