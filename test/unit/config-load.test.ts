import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { loadConfig } from "../../config/load.js"
import { BadConfigError } from "../../runtime/errors.js"
import { linesWith, problemsWith, project } from "../support/config-project.js"

const BUS = "nats://bus.example:4222"

describe("the layers of a configuration", () => {
  it("go before one another in the order defaults, file, environment, flags", () => {
    const file = { ask: { timeoutMs: 2 }, mailbox: { capacity: 2 }, log: { level: "warn" } }
    const env = { TROUPE_ASK_TIMEOUT_MS: "3", TROUPE_MAILBOX_CAPACITY: "3" }
    const config = loadConfig({ projectDir: project(file), env, flags: { ask: { timeoutMs: 4 } } })
    expect(config.ask.timeoutMs).toBe(4)
    expect(config.mailbox).toEqual({ capacity: 3, overflow: "reject" })
    expect(config.log).toEqual({ level: "warn", format: "text" })
    expect(config.shutdown.killMs).toBe(2_000)
  })

  it("treat an undefined flag as left out", () => {
    const flags = { prefix: undefined, bus: { port: undefined, tls: undefined }, topology: undefined }
    const config = loadConfig({ projectDir: project({ prefix: "mine", bus: { port: 5 } }), env: {}, flags })
    expect(config.prefix).toBe("mine")
    expect(config.bus).toEqual({ port: 5, maxPayloadBytes: 1_048_576 })
  })

  it("replace the boot topology as a whole", () => {
    const topology = [{ kind: "only", name: "one" }]
    const expected = [{ kind: "only", name: "one", placement: "inline", restart: "permanent" }]
    expect(loadConfig({ projectDir: project({ topology }), env: {} }).topology).toEqual(expected)
    expect(loadConfig({ projectDir: project(), env: {}, topology }).topology).toEqual(expected)
    expect(loadConfig({ projectDir: project({ topology: [] }), env: {} }).topology).toEqual([])
    expect(loadConfig({ projectDir: project({ topology: [] }), env: {}, flags: { topology } }).topology).toEqual(expected)
  })

  it("make every path absolute, from the project directory", () => {
    const bus = { url: BUS, credsFile: "a.creds", tls: { caFile: "tls/ca.pem" }, serverBin: "/opt/nats-server" }
    const dir = project({ stateDir: "state", bus, node: { providers: "dist/providers.js" } })
    const config = loadConfig({ projectDir: dir, env: { TROUPE_NODE_ACTORS_DIR: "../actors" } })
    expect(config.stateDir).toBe(join(dir, "state"))
    expect(config.bus.credsFile).toBe(join(dir, "a.creds"))
    expect(config.bus.tls?.caFile).toBe(join(dir, "tls/ca.pem"))
    expect(config.bus.serverBin).toBe("/opt/nats-server")
    expect(config.node.providers).toBe(join(dir, "dist/providers.js"))
    expect(config.node.actorsDir).toBe(join(dir, "../actors"))
  })

  it("are strict about messages under test, unless told otherwise", () => {
    const strict = (env: Record<string, string>): boolean => loadConfig({ projectDir: project(), env }).strictMessages
    expect(strict({})).toBe(false)
    expect(strict({ NODE_ENV: "production" })).toBe(false)
    expect(strict({ NODE_ENV: "test" })).toBe(true)
    expect(strict({ VITEST: "true" })).toBe(true)
    expect(strict({ VITEST: "" })).toBe(false)
    expect(strict({ VITEST: "true", TROUPE_STRICT_MESSAGES: "false" })).toBe(false)
  })

  it("are all checked, and every problem is said at once with its source", () => {
    const dir = project({
      mailbox: { capcity: 5, overflow: "burst" },
      topology: [
        { kind: "a", name: "x" },
        { kind: 5, name: "x" },
      ],
    })
    const env = { TROUPE_BUS_PORT: "10x", TROUPE_MALBOX_CAPACITY: "1" }
    const flags = { ask: { timeoutMs: -1 } }
    expect(linesWith({ projectDir: dir, env, flags })).toEqual([
      "environment: TROUPE_MALBOX_CAPACITY: unknown variable; did you mean TROUPE_MAILBOX_CAPACITY?",
      'troupe.config.json: mailbox.overflow: expected "reject" or "wait" or "drop-oldest" or "drop-newest", got \'burst\'',
      'troupe.config.json: mailbox.capcity: unknown key; did you mean "mailbox.capacity"?',
      'troupe.config.json: topology[1].kind: expected a name (a letter, then letters, digits, "_" or "-"; 64 at most), got 5',
      "TROUPE_BUS_PORT: bus.port: expected integer 0 to 65535, got '10x'",
      "--ask-timeout-ms: ask.timeoutMs: expected integer 1 to 2147483647, in ms, got -1",
      'troupe.config.json: topology[1].name: expected a name of its own, got "x", which topology[0] has already',
    ])
  })

  it("give an error whose message names the source once when there is one source", () => {
    const load = (): unknown => loadConfig({ projectDir: project({ a: 1, log: { level: "loud" } }), env: {} })
    expect(load).toThrow(BadConfigError)
    expect(load).toThrow(
      /^troupe\.config\.json: log\.level: expected "debug".*, got 'loud'; a: unknown key; did you mean one of /,
    )
  })
})

describe("the fields of a configuration between each other", () => {
  it("have unique names in the topology", () => {
    const topology = ["a", "b", "a", "a"].map((name) => ({ kind: "k", name }))
    expect(problemsWith({ topology })).toEqual([
      {
        source: "config/topology.ts",
        path: "topology[2].name",
        message: 'expected a name of its own, got "a", which topology[0] has already',
      },
      {
        source: "config/topology.ts",
        path: "topology[3].name",
        message: 'expected a name of its own, got "a", which topology[0] has already',
      },
    ])
  })

  it("sign in one way only, said with the source of each", () => {
    const config = { bus: { url: BUS, user: "ada", password: "p" } }
    expect(linesWith({ config, env: { TROUPE_BUS_TOKEN: "t" } })).toEqual([
      "TROUPE_BUS_TOKEN: bus.token: expected one way to sign in, got bus.user (troupe.config.json) and bus.token (TROUPE_BUS_TOKEN)",
    ])
    const twice = { bus: { url: "nats://ada:p@h", nkeyFile: "k" } }
    expect(problemsWith({ config: twice })).toMatchObject([{ path: "bus.nkeyFile" }])
  })

  it("have both halves of a pair", () => {
    expect(problemsWith({ config: { bus: { url: BUS, user: "a" } } })).toMatchObject([{ path: "bus.user" }])
    expect(problemsWith({ config: { bus: { url: BUS, password: "a" } } })).toMatchObject([{ path: "bus.password" }])
    expect(problemsWith({ config: { bus: { url: BUS, tls: { certFile: "c" } } } })).toMatchObject([{ path: "bus.tls.certFile" }])
    expect(problemsWith({ config: { bus: { url: BUS, tls: { keyFile: "c" } } } })).toMatchObject([{ path: "bus.tls.keyFile" }])
    expect(problemsWith({ config: { bus: { url: BUS, tls: { caFile: "c" } } } })).toEqual([])
  })

  it("have a server to sign in at", () => {
    for (const bus of [{ user: "a", password: "b" }, { token: "t" }, { credsFile: "c" }, { nkeyFile: "n" }, { tls: {} }]) {
      expect(linesWith({ config: { bus } })[0]).toContain("expected bus.url beside it, got nothing")
      expect(linesWith({ config: { bus: { ...bus, url: BUS } } })).toEqual([])
    }
  })

  it("keep the state directory apart from the project", () => {
    for (const stateDir of [".", "..", "/", "x/.."]) {
      expect(problemsWith({ config: { stateDir } })).toMatchObject([{ source: "troupe.config.json", path: "stateDir" }])
    }
    expect(problemsWith({ config: { stateDir: "../elsewhere" } })).toEqual([])
  })
})

describe("bus.url", () => {
  it("gives up the credentials in it", () => {
    const bus = (url: string): unknown => loadConfig({ projectDir: project({ bus: { url } }), env: {} }).bus
    const rest = { port: 0, maxPayloadBytes: 1_048_576 }
    expect(bus("nats://ada:p%40ss@h:4222")).toEqual({ url: "nats://h:4222", user: "ada", password: "p@ss", ...rest })
    expect(bus("tls://tok@[::1]:4222/")).toEqual({ url: "tls://[::1]:4222", token: "tok", ...rest })
    expect(bus("nats://h")).toEqual({ url: "nats://h", ...rest })
  })

  it("is one server by its full address", () => {
    const wrong = [
      "h:4222",
      "127.0.0.1",
      "http://h",
      "nats://",
      "nats://h:0",
      "nats://h:70000",
      "nats://h:4222/x",
      "nats://h?x=1",
      "nats://a,b",
    ]
    for (const url of [...wrong, "nats://:p@h", "nats://%ff@h", "nats://a:4222,nats://b:4222", " "]) {
      expect(problemsWith({ config: { bus: { url } } }), url).toMatchObject([{ path: "bus.url" }])
    }
  })
})

describe("the configuration file", () => {
  const named = (name: string, text: string): string => {
    const dir = project()
    writeFileSync(join(dir, name), text)
    return dir
  }

  it("is the flag's, else TROUPE_CONFIG's, else the project's own", () => {
    const dir = project({ prefix: "own" })
    writeFileSync(join(dir, "a.json"), '{ "prefix": "a" }')
    writeFileSync(join(dir, "b.json"), '\uFEFF{ "prefix": "b" }')
    expect(loadConfig({ projectDir: dir, env: { TROUPE_CONFIG: "" } }).prefix).toBe("own")
    expect(loadConfig({ projectDir: dir, env: { TROUPE_CONFIG: "a.json" } }).prefix).toBe("a")
    expect(loadConfig({ projectDir: dir, env: { TROUPE_CONFIG: "a.json" }, file: join(dir, "b.json") }).prefix).toBe("b")
  })

  it("must be there when it is named", () => {
    const dir = project()
    expect(linesWith({ projectDir: dir, file: "no.json" })).toEqual([`--config: ${join(dir, "no.json")}: there is no such file`])
    expect(linesWith({ projectDir: dir, env: { TROUPE_CONFIG: "no.json" } })).toEqual([
      `TROUPE_CONFIG: ${join(dir, "no.json")}: there is no such file`,
    ])
    mkdirSync(join(dir, "folder"))
    expect(linesWith({ projectDir: dir, file: "folder" })).toEqual([
      `--config: ${join(dir, "folder")}: expected a file, got something else`,
    ])
    expect(problemsWith({ projectDir: dir, file: "/dev/zero" })).toHaveLength(1)
    expect(problemsWith({ projectDir: named("big.json", " ".repeat(2 ** 20 + 1)), file: "big.json" })).toHaveLength(1)
  })

  it("is refused with line and column when it is malformed", () => {
    const cases: [string, string][] = [
      ["", "line 1, column 1: malformed JSON: expected a value, got the end of the file"],
      ['{\n  "prefix": "x",\n}', 'line 3, column 1: malformed JSON: expected a key in double quotes, got "}"'],
      ['{\r\n  "prefix" "x"\r\n}', 'line 2, column 12: malformed JSON: expected ":", got "\\""'],
      ['{ "prefix": tru }', 'line 1, column 13: malformed JSON: expected a value, got "t"'],
      ['{ "prefix": "x"', 'line 1, column 16: malformed JSON: expected "," or "}", got the end of the file'],
      ['{ "prefix": "x\n" }', "line 1, column 13: malformed JSON: this text does not end on its line, or has a bad escape"],
      ['{ "prefix": "a", "prefix": "b" }', 'line 1, column 18: malformed JSON: the key "prefix" stands twice in one object'],
      ["{} {}", 'line 1, column 4: malformed JSON: expected the end of the file, got "{"'],
      ["// no comments\n{}", 'line 1, column 1: malformed JSON: expected a value, got "/"'],
      ["[".repeat(100_000), "line 1, column 202: malformed JSON: nested more than 200 levels deep"],
    ]
    for (const [text, expected] of cases) expect(linesWith({ config: text })).toEqual([`troupe.config.json: ${expected}`])
  })
})
