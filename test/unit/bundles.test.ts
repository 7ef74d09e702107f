import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { ActorRef as OwnRef } from "../../runtime/actor/actor-ref.js"
import { definitionOf } from "../../runtime/actor/definition.js"
import { TroupeError as OwnError } from "../../runtime/errors.js"
import { ActorRef, Supervisor, TroupeError } from "../../runtime/index.js"

const RUNTIME = fileURLToPath(new URL("../../runtime/", import.meta.url))
/** With its actor's module every thread loads the public door as well. */
const THREAD = ["entry/thread-entry.js", "index.js"]
const PROCESS = [...THREAD, "entry/process-entry.js"]

describe("what is loaded at each start", () => {
  it("is a few files for a thread", () => {
    expect(loadedBy(THREAD).files.size).toBeLessThanOrEqual(8)
  })

  it("is a few files for a process", () => {
    expect(loadedBy(PROCESS).files.size).toBeLessThanOrEqual(12)
  })

  it("holds no package but the codec's, without its compiled part", () => {
    expect([...loadedBy(PROCESS).packages]).toEqual(["msgpackr/pack"])
  })

  it("holds neither the bus nor pm2's daemon for a thread", () => {
    const { files } = loadedBy(THREAD)
    const sources = [...files].flatMap((file) => sourcesOf(file))
    expect(sources.length).toBeGreaterThan(100)
    expect(
      sources.filter((source) => /\/(runtime\/bus\/connect|pm2-daemon|pm2-rpc)\.ts$|\/node_modules\/nats\//.test(source)),
    ).toEqual([])
  })
})

describe("what hardly any thread or process uses", () => {
  const loaded = [...loadedBy(PROCESS).files]

  it("of nats.js is not in a bundle: JetStream, its stores, nkeys", () => {
    const sources = loaded.flatMap((file) => sourcesOf(file))
    expect(sources.filter((source) => /\/node_modules\/nats\//.test(source)).length).toBeGreaterThan(10)
    expect(sources.filter((source) => /\/(jsclient|jsm|kv|objectstore|consumer|bench|nacl[^/]*)\.js$/.test(source))).toEqual([])
  })

  it("of Node.js is loaded when it is called", () => {
    const text = loaded.map((file) => readFileSync(file, "utf8")).join("\n")
    expect(text.match(/from "node:(crypto|child_process)"/g)).toBeNull()
  })
})

describe("a bundled module", () => {
  it("is the same instance from wherever it is imported", () => {
    expect(OwnRef).toBe(ActorRef)
    expect(OwnError).toBe(TroupeError)
  })

  it("keeps its address, so that threads and processes can import its actors", async () => {
    const { module } = definitionOf(Supervisor)
    expect(fileURLToPath(module)).toBe(join(RUNTIME, "supervision/supervisor.js"))
    expect(await import(module)).toMatchObject({ Supervisor })
  })

  it("is told by its source's file in stacks", async () => {
    const script = `import { supervisorSpec } from "${join(RUNTIME, "index.js")}"; supervisorSpec({ children: [{}] })`
    const { stderr } = await new Promise<{ stderr: string }>((resolve) => {
      const args = ["--enable-source-maps", "--input-type=module", "-e", script]
      execFile(process.execPath, args, (_error, _stdout, stderr) => resolve({ stderr }))
    })
    expect(stderr).toMatch(/at childSpec \(\/.*\/runtime\/supervision\/child-spec\.ts:\d+:\d+\)/)
  })

  it("names sources that are there", () => {
    const file = join(RUNTIME, "bundles/host.js")
    const own = sourcesOf(file).filter((source) => !source.includes("node_modules") && !source.includes("\0"))
    expect(own.length).toBeGreaterThan(100)
    expect(own.filter((source) => !existsSync(source))).toEqual([])
  })
})

/** The files that Node.js loads with these modules of the runtime, before anything runs; and the packages that they import. */
function loadedBy(modules: readonly string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const load = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\s(?:[^"';]*?from\s*)?"([^"]+)"/gm)) {
      if (from.startsWith(".")) load(resolve(dirname(file), from))
      else if (!from.startsWith("node:")) packages.add(from)
    }
  }
  for (const module of modules) load(join(RUNTIME, module))
  return { files, packages }
}

/** The sources a compiled file was made of, as its map says. */
function sourcesOf(file: string): string[] {
  const map = `${file}.map`
  if (!existsSync(map)) return []
  const { sources } = JSON.parse(readFileSync(map, "utf8")) as { sources: string[] }
  return sources.map((source) => resolve(dirname(file), source))
}
