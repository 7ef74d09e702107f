import fc from "fast-check"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { expectedAt, fieldsOf, pathText, unwrapped } from "../../config/field.js"
import { A_PATH } from "../../config/field-words.js"
import { findJsonFault } from "../../config/json-fault.js"
import { overlay } from "../../config/layer.js"
import { loadConfig } from "../../config/load.js"
import { bootActorSchema } from "../../config/schema.js"
import type { Config, ConfigOverrides } from "../../config/schema.js"
import { BadConfigError } from "../../runtime/errors.js"

const dir = mkdtempSync(join(tmpdir(), "troupe-config-"))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})

const nameText = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
const relativePath = fc.stringMatching(/^[a-z]{1,8}(\/[a-z. ]{1,8}){0,2}$/).map((text) => `p/${text}`)
const anyText = fc.string({ minLength: 1, unit: "grapheme" })

/** Values that a field accepts. */
function accepted(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodNumber)
    return fc.integer({ min: Number(schema.minValue), max: Math.min(Number(schema.maxValue), 2 ** 31 - 1) })
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  if (schema instanceof z.ZodObject) return record(schema, [])
  const expected = expectedAt(schema)
  if (expected === A_PATH) return relativePath
  if (expected === "JSON") return fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  if (expected.startsWith("a name")) return nameText
  return anyText
}

function record(schema: z.ZodObject, required: string[]): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(schema.shape).map(([key, field]) => [key, accepted(unwrapped(field))])
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: required })
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const address = fc.constantFrom("nats://h:4222", "tls://[::1]:4333", "nats://bus.example")
const signIn = fc.oneof(
  fc.constant({}),
  fc.record({ user: anyText, password: anyText }),
  fc.record({ token: anyText }),
  fc.record({ credsFile: relativePath }),
  fc.record({ nkeyFile: relativePath }),
)
const tls = fc.oneof(
  fc.constant({}),
  fc.record({ certFile: relativePath, keyFile: relativePath }, { requiredKeys: ["certFile", "keyFile"] }),
)
const elsewhere = fc.tuple(address, signIn, tls).map(([url, way, files]) => ({ url, ...way, tls: files }))
/** What only an actor with a host of its own can have goes with a placement that gives it one. */
const bootActor = record(bootActorSchema, ["kind", "name"]).map((entry) => {
  const { memoryMb, unresponsiveMs, onUnresponsive, ...rest } = entry
  return ["thread", "process"].includes(String(rest["placement"]))
    ? { ...rest, ...defined({ memoryMb, unresponsiveMs, onUnresponsive }) }
    : rest
})
const topology = fc.uniqueArray(bootActor, { selector: (entry) => entry["name"], maxLength: 5 })

const ELSEWHERE = /^bus\.(url|user|password|token|credsFile|nkeyFile|tls)/
const single = fieldsOf().filter(({ path, schema }) => !(schema instanceof z.ZodArray) && !ELSEWHERE.test(pathText(path)))
const settings = fc
  .tuple(
    ...single.map(({ path, schema }) =>
      fc.option(
        accepted(schema).map((value) => nested(path, value)),
        { nil: undefined },
      ),
    ),
  )
  .chain((parts) =>
    fc.tuple(fc.option(elsewhere, { nil: undefined }), fc.option(topology, { nil: undefined })).map(([bus, actors]) => {
      const whole = [...parts, { bus }, { topology: actors }].reduce<unknown>((below, part) => overlay(below, part), {})
      return whole as ConfigOverrides
    }),
  )

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value)
}

function loadFile(content: unknown): Config {
  const file = join(dir, "round-trip.json")
  writeFileSync(file, JSON.stringify(content))
  return loadConfig({ projectDir: dir, file, env: {} })
}

describe("a configuration that was accepted", () => {
  it("is the same when it is written to a file and loaded again", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const config = loadFile(given)
        expect(loadFile(config)).toEqual(config)
        expect(loadConfig({ projectDir: dir, env: {}, flags: given })).toEqual(config)
      }),
      { numRuns: 150 },
    )
  })

  it("says what was said, wherever it was said", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const config: unknown = loadFile(given)
        const absolute = loadConfig({ projectDir: dir, env: {}, flags: given })
        expect(overlay(config, absolute)).toEqual(config)
        expect((config as Config).mailbox).toMatchObject(given.mailbox ?? {})
        expect((config as Config).shutdown).toMatchObject(given.shutdown ?? {})
        expect((config as Config).topology.map(({ args }) => args)).toEqual(
          (given.topology ?? (config as Config).topology).map(({ args }) => args),
        )
      }),
      { numRuns: 50 },
    )
  })

  it("is reached by no rubbish: whatever is given, it is accepted or refused as a bad configuration", () => {
    const keys = fc.constantFrom("bus", "node", "restart", "tls", "topology", "mailbox", "name", "port", "url", "__proto__", "x")
    const rubbish = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, fc.anything(), fc.dictionary(keys, tie("node")), fc.array(tie("node"), { maxLength: 3 })),
    })).node
    const variables = fc.dictionary(
      fc.constantFrom("TROUPE_BUS_PORT", "TROUPE_BUS_URL", "TROUPE_X", "NATS_SERVER_BIN"),
      fc.string(),
    )
    fc.assert(
      fc.property(rubbish, variables, (flags, env) => {
        try {
          loadConfig({ projectDir: dir, env, flags: flags as ConfigOverrides })
        } catch (error) {
          if (!(error instanceof BadConfigError)) throw error
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe("a JSON text", () => {
  it("has a fault exactly when JSON.parse refuses it", () => {
    const text = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "{", "}", "[", "]", '"', "\\", "0", "-", ".", "e", "t", " ", "\n", "\u0001", ":"),
      )
      .map(([json, n, insert]) => {
        const at = n % (json.length + 1)
        return json.slice(0, at) + insert + json.slice(at + (n % 2))
      })
    fc.assert(
      fc.property(text, (given) => {
        const fault = findJsonFault(given)
        fc.pre(fault === undefined || !fault.message.includes("twice"))
        expect(fault === undefined, given).toBe(parses(given))
      }),
      { numRuns: 3_000 },
    )
  })
})

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
