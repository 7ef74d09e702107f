import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { describeConfig } from "../../config/describe.js"
import { expectedAt, fieldsOf, pathText } from "../../config/field.js"
import type { Field } from "../../config/field.js"
import { loadConfig } from "../../config/load.js"
import { bootActorSchema } from "../../config/schema.js"
import { linesWith, problemsWith, project } from "../support/config-project.js"
import { projectRoot } from "../support/project-root.js"

function at(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value)
}

/** Values that a field of this kind cannot have. */
function wrongValues({ schema }: Field): unknown[] {
  const never = [null, {}, "", [[]]]
  if (schema instanceof z.ZodNumber) {
    const below = Number(schema.minValue) - 1
    const above = Number(schema.maxValue) + 1
    return [...never, "5", 1.5, -1, NaN, Infinity, -Infinity, true, below, above]
  }
  if (schema instanceof z.ZodBoolean) return [...never, "true", 0, 1]
  if (schema instanceof z.ZodArray) return [null, {}, "", 5]
  if (schema instanceof z.ZodEnum) return [...never, "other", 0]
  return [...never, 0, true]
}

const fields = fieldsOf().map((field) => ({ ...field, name: pathText(field.path) }))

describe("the schema", () => {
  it.each(fields)("refuses every wrong value of $name, naming file, path and what was expected", (field) => {
    for (const value of wrongValues(field)) {
      // What JSON cannot write comes as a flag.
      const flags = at(field.path, value) as object
      const problems = problemsWith({ flags, projectDir: project() }).filter(({ path }) => path === field.name)
      expect(problems[0], `${field.name} = ${String(value)}`).toBeDefined()
      expect(problems[0]?.message).toContain(`expected ${expectedAt(field.schema)}, got `)
      expect(problems[0]?.source).toMatch(/^--[a-z-]+$/)
    }
    const inFile = problemsWith({ config: at(field.path, null) }).filter(({ path }) => path === field.name)
    expect(inFile).toMatchObject([{ source: "troupe.config.json", message: `expected ${expectedAt(field.schema)}, got null` }])
  })

  it("refuses a section that is no object", () => {
    for (const section of ["bus", "node", "mailbox", "ask", "shutdown", "log"]) {
      for (const value of [null, 5, "x", [], true]) {
        expect(linesWith({ config: { [section]: value } })[0]).toMatch(
          new RegExp(`^troupe.config.json: ${section}: expected an object, got `),
        )
      }
    }
  })

  it("refuses a configuration that is no object", () => {
    expect(linesWith({ config: "[]" })).toEqual(["troupe.config.json: : expected an object, got a list"])
    expect(linesWith({ config: "null" })).toEqual(["troupe.config.json: : expected an object, got null"])
    expect(linesWith({ config: "5" })).toEqual(["troupe.config.json: : expected an object, got 5"])
  })

  it("refuses unknown keys at every depth and names the nearest known one", () => {
    const config = {
      prefxi: "x",
      mailbox: { Capacity: 1, over_flow: "wait" },
      bus: { tls: { ca: "x", certfile: "y" } },
      port: 4222,
      node: { restart: { max: 3, bananas: 1 } },
      topology: [{ kind: "a", name: "a", placment: "thread" }],
    }
    expect(linesWith({ config }).filter((line) => line.includes("unknown"))).toEqual([
      'troupe.config.json: bus.tls.ca: unknown key; did you mean one of "bus.tls.caFile", "bus.tls.certFile", "bus.tls.keyFile"?',
      'troupe.config.json: bus.tls.certfile: unknown key; did you mean "bus.tls.certFile"?',
      'troupe.config.json: node.restart.max: unknown key; did you mean one of "node.restart.maxRestarts", "node.restart.withinMs"?',
      'troupe.config.json: node.restart.bananas: unknown key; did you mean one of "node.restart.maxRestarts", "node.restart.withinMs"?',
      'troupe.config.json: mailbox.Capacity: unknown key; did you mean "mailbox.capacity"?',
      'troupe.config.json: mailbox.over_flow: unknown key; did you mean "mailbox.overflow"?',
      'troupe.config.json: topology[0].placment: unknown key; did you mean "topology[0].placement"?',
      'troupe.config.json: prefxi: unknown key; did you mean "prefix"?',
      'troupe.config.json: port: unknown key; did you mean "bus.port"?',
    ])
  })

  it("takes no hostile key for a setting", () => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(problemsWith({ config: `{ "${key}": { "prefix": "evil" } }` })).toMatchObject([{ path: key }])
      expect(problemsWith({ config: `{ "bus": { "${key}": { "port": 1 } } }` })).toMatchObject([{ path: `bus.${key}` }])
    }
    expect(({} as { prefix?: unknown }).prefix).toBeUndefined()
  })

  it("never shows a secret", () => {
    const secret = "s3cret-value"
    const config = {
      bus: {
        url: `http://u:${secret}@h`,
        password: [secret],
        token: { secret },
        tls: secret.length,
        user: [secret],
        nkeyFile: { secret },
      },
      topology: [
        { kind: "a", name: "a", args: { secret } },
        { kind: secret.length, name: { secret } },
      ],
    }
    const lines = [...linesWith({ config }), ...linesWith({ config: `{ "password": "${secret}" x` })].join("\n")
    expect(lines).toContain("bus.url: expected a URL nats://host:port or tls://host:port, got other text (not shown)")
    expect(lines).not.toContain(secret)
  })

  it("has a description for every field and a variable of its own for each", () => {
    const settings = describeConfig()
    for (const { path, description } of settings) expect(description, path).toMatch(/^[A-Z].*\.$/)
    const variables = settings.flatMap(({ env }) => env ?? [])
    expect(new Set(variables).size).toBe(variables.length)
    expect(variables.filter((name) => /^TROUPE_(INTERNAL_|TEST_|CONFIG$)/.test(name))).toEqual([])
  })

  it("says the same in each docstring as in the description, unit and default", () => {
    const source = readFileSync(join(projectRoot, "config", "schema.ts"), "utf8")
    const docs = new Set([...source.matchAll(/\/\*\* (.+?) \*\//g)].map(([, text]) => text))
    for (const field of [...fields, ...fieldsOf(bootActorSchema)]) {
      const name = pathText(field.path)
      const setting = describeConfig().find(({ path }) => path === name || path === `topology[].${name}`)
      const unit = field.words?.unit === undefined ? "" : ` Unit: ${field.words.unit}.`
      const required = name === "kind" || name === "name"
      const tail = required ? "" : ` @default ${setting?.default ?? "none"}`
      const docstring = `${field.words?.description ?? ""}${unit}${tail}`
      const inherited = ["mailbox.capacity", "mailbox.overflow"].includes(name)
      expect([...docs].some((text) => text === docstring || text?.startsWith(`${docstring}:`)) || inherited, docstring).toBe(true)
    }
  })

  it("accepts the defaults", () => {
    const dir = project()
    expect(loadConfig({ projectDir: dir, env: {} })).toEqual({
      prefix: "troupe",
      stateDir: join(dir, ".troupe"),
      bus: { port: 0, maxPayloadBytes: 1_048_576 },
      node: {
        name: "node",
        startTimeoutMs: 10_000,
        restart: { maxRestarts: 3, withinMs: 5_000 },
        actorsDir: join(dir, "dist/actors"),
      },
      mailbox: { capacity: 1_000, overflow: "reject" },
      ask: { timeoutMs: 5_000 },
      shutdown: { drainMs: 5_000, stopMs: 5_000, cancelMs: 1_000, killMs: 2_000 },
      log: { level: "info", format: "text" },
      strictMessages: false,
      topology: [
        { kind: "counter", name: "counter", placement: "inline", restart: "permanent" },
        { kind: "greeter", name: "greeter", placement: "inline", restart: "permanent" },
        { kind: "clock", name: "clock", placement: "thread", restart: "permanent" },
        { kind: "word-count", name: "word-count", placement: "thread", restart: "permanent" },
        { kind: "reflections", name: "reflections", placement: "process", restart: "permanent" },
      ],
    })
  })
})
