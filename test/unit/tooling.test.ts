import { execFile } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url))
const TIMEOUT_MS = 60_000

describe("the scripts of package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { scripts: Record<string, string> }

  it("hold every command that people are told to type", () => {
    const told = [
      "bench",
      "build",
      "format",
      "layers",
      "lint",
      "start",
      "test",
      "test:next",
      "test:run",
      "types",
      "unused",
      "verify",
    ]
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(told))
  })

  it("make `npm test` the whole check", () => {
    expect(scripts["test"]).toBe("npm run verify")
  })
})

describe("the layer check", { timeout: TIMEOUT_MS }, () => {
  it("passes a tree that keeps the order, and says how many files it looked at", async () => {
    const tree = project({
      "node_modules/nats/package.json": `{ "name": "nats", "version": "1.0.0", "main": "index.js" }`,
      "node_modules/nats/index.js": `exports.connect = () => {}`,
      "runtime/ids.ts": `export const a = 1`,
      "runtime/time/clock.ts": `import { a } from "../ids.js"\nexport const b = a`,
      "runtime/bus/client.ts": `import { connect } from "nats"\nimport { b } from "../time/clock.js"\nexport const c = [b, connect]`,
      "runtime/index.ts": `export { c } from "./bus/client.js"`,
      "actors/greeter.ts": `import { c } from "../runtime/index.js"\nexport const d = c`,
    })
    expect(await layers(tree)).toMatchObject({ code: 0, output: expect.stringMatching(/^5 files, /) as string })
  })

  describe("refuses to import", () => {
    const refused = [
      ["a later layer", "layer-parallel", "runtime/parallel/lock.ts", "../host/inline-host.js"],
      ["a type of a later layer", "layer-actor-wire", "runtime/wire/frame.ts", "../host/inline-host.js"],
      ["the public door from inside", "layer-system", "runtime/system/log.ts", "../index.js"],
      ["a folder that has no layer", "known-layer", "runtime/system/tree.ts", "../junk/drawer.js"],
      ["nats outside its place", "nats-in-one-place", "runtime/events/topic.ts", "nats"],
      ["nats outside its place in transport/", "nats-in-one-place", "runtime/transport/ring.ts", "nats"],
      ["pm2 outside its place", "pm2-in-one-place", "runtime/cli/down.ts", "pm2"],
      ["tsyringe outside its place", "tsyringe-in-one-place", "runtime/bus/client.ts", "tsyringe"],
      ["vitest in the product", "test-tools-in-tests", "runtime/time/clock.ts", "vitest"],
      ["the runtime's inside from an actor", "actors-see-the-public-door", "actors/a.ts", "../runtime/errors.js"],
      ["the runtime from the configuration", "config-is-a-leaf", "config/schema.ts", "../runtime/index.js"],
      ["the test seam from the product", "internal-is-the-test-seam", "runtime/cli/up.ts", "../internal.js"],
      ["an actor from the runtime", "product-never-imports-tests-or-actors", "runtime/cli/run.ts", "../../actors/a.js"],
      ["itself in a circle", "no-cycles", "runtime/errors.ts", "./ids.js"],
      ["what is not there", "resolvable", "runtime/cli/ps.ts", "./nowhere.js"],
    ] as const
    let output: string

    beforeAll(async () => {
      const tree = files({
        "runtime/ids.ts": `export { x } from "./errors.js"`,
        "runtime/host/inline-host.ts": `export const x = 1`,
        "runtime/junk/drawer.ts": `export const x = 1`,
        "runtime/index.ts": `export { x } from "./errors.js"`,
        "runtime/internal.ts": `export { x } from "./errors.js"`,
        ...Object.fromEntries(
          refused.map(([what, , file, from]) => [file, `import ${what.includes("type") ? "type " : ""}{ x } from "${from}"`]),
        ),
      })
      try {
        const result = await layers(tree)
        expect(result.code).toBe(1)
        output = result.output
      } finally {
        rmSync(tree, { recursive: true })
      }
    }, TIMEOUT_MS)

    it.each(refused)("%s", (_what, rule, file) => {
      expect(output).toContain(`error ${rule}: ${file} → `)
    })
  })

  it("fails where there is nothing to look at", async () => {
    const tree = project({ "README.md": "empty" })
    expect(await layers(tree)).toMatchObject({ code: 1, output: expect.stringContaining("no source file") as string })
  })

  it("fails when a source file was passed over", async () => {
    const tree = project({ "runtime/ids.ts": `export const x = 1`, "runtime/node_modules/hidden.ts": `export const y = 1` })
    const { code, output } = await layers(tree)
    expect(code).toBe(1)
    expect(output).toContain("1 of 2 source files were not looked at")
    expect(output).toContain("runtime/node_modules/hidden.ts")
  })
})

describe.skipIf(process.platform === "win32")("the continuous check", { timeout: TIMEOUT_MS }, () => {
  it.each([
    ["closes with the line of a good run", "echo 3 passed, 0 failed", 0, "3 passed, 0 failed"],
    ["adds the failure of a run that counted none", "echo 3 passed, 0 failed; exit 1", 1, "3 passed, 1 failed"],
    ["fails a run in which nothing was tested", "echo 0 passed, 0 failed", 1, "0 passed, 1 failed"],
    ["fails a run that says nothing", "true", 1, "0 passed, 1 failed"],
    ["fails a run that counted failures and says it is well", "echo 2 passed, 1 failed", 1, "2 passed, 1 failed"],
    ["writes the line last when others came after it", "echo 2 passed, 1 failed; echo x; exit 1", 1, "2 passed, 1 failed"],
  ])("%s", async (_what, test, code, closing) => {
    expect(await continuousCheck({ ci: "true", test })).toEqual({ code, closing })
  })

  it("says one failure when the packages cannot be installed", async () => {
    const outcome = await continuousCheck({ ci: "exit 7", test: "echo 3 passed, 0 failed" })
    expect(outcome).toEqual({ code: 7, closing: "0 passed, 1 failed" })
  })

  it("gives npm a cache of its own where the machine has none that can be written", async () => {
    const belowFile = join(fileURLToPath(import.meta.url), "cache")
    const outcome = await continuousCheck({ ci: `mkdir "$npm_config_cache"`, test: "echo 1 passed, 0 failed" }, belowFile)
    expect(outcome).toEqual({ code: 0, closing: "1 passed, 0 failed" })
  })
})

/** A new folder that holds these files. */
function files(texts: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "troupe-tooling-"))
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), `${text}\n`)
  }
  return folder
}

/** A new folder that holds these files until the test has ended. */
function project(texts: Record<string, string>): string {
  const folder = files(texts)
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

interface Outcome {
  readonly code: number
  readonly output: string
}

function layers(folder: string): Promise<Outcome> {
  return run(process.execPath, [join(PROJECT, ".ci/layers.js"), folder])
}

/** Runs .ci/run in a folder of its own, with an npm whose `ci` and `test` are these shell commands. */
async function continuousCheck(
  npm: { ci: string; test: string },
  cache = tmpdir(),
): Promise<{ code: number; closing: string | undefined }> {
  const folder = project({
    "bin/npm": `#!/bin/sh\ncase "$1" in ci) ${npm.ci} ;; test) ${npm.test} ;; esac`,
  })
  chmodSync(join(folder, "bin/npm"), 0o755)
  cpSync(join(PROJECT, ".ci"), join(folder, ".ci"), { recursive: true })
  const PATH = `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`
  const { code, output } = await run(join(folder, ".ci/run"), [], { PATH, npm_config_cache: cache })
  return { code, closing: output.trimEnd().split("\n").at(-1) }
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
      resolve({ code, output: stdout + stderr })
    })
  })
}
