import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { join } from "node:path"
import { promisify } from "node:util"
import { beforeEach, describe, expect, it } from "vitest"
import { eventually } from "../support/eventually.js"
import { NodeProject } from "../support/node-project.js"
import { projectRoot } from "../support/project-root.js"
import { cliEnv } from "../support/run-cli.js"

const PM2 = join(createRequire(import.meta.url).resolve("pm2/package.json"), "../bin/pm2")

let project: NodeProject
beforeEach(async () => {
  project = await NodeProject.create([{ kind: "counter", name: "apart", placement: "process" }])
  return () => project.close()
})

async function pm2(...args: string[]): Promise<string> {
  // The file belongs to this repository; what it starts belongs to the test's project.
  const settings = {
    TROUPE_CONFIG: join(project.dir, "troupe.config.json"),
    TROUPE_STATE_DIR: project.stateDir,
    TROUPE_NODE_ACTORS_DIR: join(project.dir, "actors"),
  }
  const env = cliEnv({ ...project.env, ...settings })
  const { stdout } = await promisify(execFile)(process.execPath, [PM2, ...args], { cwd: projectRoot, env })
  return stdout
}

interface Listed {
  readonly name: string
  readonly pid: number
  readonly pm2_env: { readonly status: string }
}

describe("pm2 start ecosystem.config.js", () => {
  it("runs bus, node and process actors under their names, survives pm2 restart, and ends by troupe down", async () => {
    await pm2("start", "ecosystem.config.js")
    await eventually(async () => (await project.node())?.status === "ready", { timeoutMs: 10_000 })
    expect(await project.request("apart.increment")).toBe(1)
    const before = JSON.parse((await pm2("jlist")).replace(/^[^[]*(?=\[\{)/s, "")) as Listed[]
    const names = before.map(({ name }) => name).sort()
    expect(names).toEqual(["apart", `${project.prefix}-bus`, `${project.prefix}-node`])
    expect(before.every(({ pm2_env: { status } }) => status === "online")).toBe(true)

    const first = await project.node()
    await pm2("restart", `${project.prefix}-bus`, `${project.prefix}-node`)
    await eventually(
      async () => {
        const now = await project.node()
        return now?.status === "ready" && now.pid !== first?.pid
      },
      { timeoutMs: 10_000 },
    )
    expect(await project.request("apart.increment")).toBe(1)

    expect(await project.cli(["down"])).toMatchObject({ exit: 0 })
    // The daemon is the one that pm2's own command started; it is not ours to end.
    expect(project.processes()).toMatchObject([{ command: expect.stringContaining("God Daemon") as unknown }])
  })
})
