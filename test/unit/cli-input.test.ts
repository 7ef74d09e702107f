import { writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CONFIG_FILE } from "../../config/config-file.js"
import { loadConfig } from "../../config/load.js"
import { isUnconfigured, loadClientConfig, PROJECT_FILE } from "../../runtime/cli/client-config.js"
import { parseDuration, shownDuration } from "../../runtime/cli/duration.js"
import { readJson, type JsonSource } from "../../runtime/cli/json-input.js"
import { findProjectDir } from "../../runtime/cli/project-dir.js"
import { TIMEOUT_HEADER as ours } from "../../runtime/cli/client.js"
import { TIMEOUT_HEADER as theirs } from "../../runtime/transport/nats-answer.js"
import { project } from "../support/config-project.js"
import { tempDir } from "../support/temp-dir.js"

async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}
const NOTHING = from(bytes())

function from(stdin: AsyncIterable<Uint8Array | string>): JsonSource {
  return { terminal: { stdin }, cwd: process.cwd(), signal: new AbortController().signal }
}

describe("a time on the command line", () => {
  it.each([
    ["500", 500],
    ["500ms", 500],
    ["5s", 5000],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1h", 3_600_000],
  ])("%s is %i ms", (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(["", "0", "0s", "-1", "5 s", "5S", "s", "1e3", "Infinity", "NaN", "25d", "597h", "0.1ms", "5s5"])(
    "%j is refused",
    (text) => {
      expect(() => parseDuration(text)).toThrow("expected a time such as 500ms, 5s or 2m")
    },
  )

  it.each([
    [0, "0ms"],
    [999.4, "999ms"],
    [1000, "1s"],
    [61_000, "1m 1s"],
    [3_600_000, "1h"],
    [90_061_000, "1d 1h"],
    [NaN, "-"],
    [-1, "-"],
  ])("of %d ms is shown as %s", (ms, text) => expect(shownDuration(ms)).toBe(text))
})

describe("JSON on the command line", () => {
  it("is passed on as it was typed, numbers beyond a double included", async () => {
    await expect(readJson('{ "n": 12345678901234567890 }', NOTHING)).resolves.toBe('{ "n": 12345678901234567890 }')
  })

  it("comes from stdin for -, also when a character is cut in two", async () => {
    const [e, acute] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)]
    await expect(readJson("-", from(bytes('"caf', e, acute, '"')))).resolves.toBe('"café"')
  })

  it("comes from a file for @file", async () => {
    const file = join(tempDir(), "job.json")
    writeFileSync(file, "[1,\n2]")
    await expect(readJson(`@${file}`, NOTHING)).resolves.toBe("[1,\n2]")
  })

  it.each([
    ["{name:1}", 'at character 2: expected a key in quotes or "}", got "n"'],
    ["", "at character 1: expected a value, got the end"],
    ["[1, 2", "at character 6"],
    ['{"a": 1,\n "b" 2}', 'at line 2, column 6: expected ":", got "2"'],
    ["hello", "at character 1"],
    ["NaN", "at character 1"],
    ["'{}'", "at character 1"],
  ])("that is none, %j, is refused with the place", async (text, message) => {
    await expect(readJson(text, NOTHING)).rejects.toMatchObject({
      code: "ERR_UNDECODABLE",
      message: expect.stringContaining(message) as string,
    })
  })

  it("is accepted exactly when JSON.parse accepts it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.string().filter((text) => !/^[@-]/.test(text)),
        ),
        async (text) => {
          const accepted = await readJson(text, NOTHING).then(
            () => true,
            () => false,
          )
          expect(accepted).toBe(isJson(text) && !/^[@-]$/.test(text))
        },
      ),
    )
  })

  it("that is not UTF-8, or a file that is not there or a directory, is refused", async () => {
    const dir = tempDir()
    await expect(readJson("-", from(bytes(Buffer.from([0x22, 0xff, 0x22]))))).rejects.toMatchObject({ code: "ERR_UNDECODABLE" })
    await expect(readJson(`@${dir}/none`, NOTHING)).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringContaining("ENOENT") as string,
    })
    await expect(readJson(`@${dir}`, NOTHING)).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringContaining("EISDIR") as string,
    })
  })

  it("from a stdin without end is refused at a bound", async () => {
    const block = Buffer.alloc(1024 * 1024, " ")
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield await Promise.resolve(block)
    }
    await expect(readJson("-", from(endless()))).rejects.toMatchObject({ code: "ERR_TOO_LARGE" })
  })
})

it("the deadline travels under the name that the other side reads", () => expect(ours).toBe(theirs))

describe("the configuration of a client", () => {
  const nothing = { file: undefined, env: {}, flags: undefined }

  it("is the same whether it is loaded or, where nobody configured anything, taken from the defaults", async () => {
    const projectDir = project()
    expect(isUnconfigured({ projectDir, ...nothing })).toBe(true)
    const { prefix, stateDir, bus, node, ask, shutdown } = loadConfig({ projectDir, env: {} })
    const { startTimeoutMs } = node
    const wanted = { prefix, stateDir, bus, node: { startTimeoutMs }, ask, shutdown }
    await expect(loadClientConfig({ projectDir, ...nothing })).resolves.toEqual(wanted)
  })

  it("is loaded as soon as a file, a variable or a flag says anything", () => {
    expect(PROJECT_FILE).toBe(CONFIG_FILE)
    expect(isUnconfigured({ projectDir: project({}), ...nothing })).toBe(false)
    const projectDir = project()
    expect(isUnconfigured({ projectDir, ...nothing, env: { TROUPE_PREFIX: "a" } })).toBe(false)
    expect(isUnconfigured({ projectDir, ...nothing, env: { TROUPE_CONFIG: "a" } })).toBe(false)
    expect(isUnconfigured({ projectDir, ...nothing, env: { TROUPE_UNKNOWN: "a" } })).toBe(false)
    expect(isUnconfigured({ projectDir, ...nothing, env: { TROUPE_PREFIX: "", TROUPE_INTERNAL_X: "1", NATS_URL: "x" } })).toBe(
      true,
    )
    expect(isUnconfigured({ projectDir, ...nothing, flags: {} })).toBe(false)
    expect(isUnconfigured({ projectDir, ...nothing, file: "/x" })).toBe(false)
  })

  it("belongs to the nearest project above", () => {
    const dir = project({})
    expect(findProjectDir(join(dir, "a", "b"))).toBe(dir)
    expect(findProjectDir(dir)).toBe(dir)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
