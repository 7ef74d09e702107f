// A state directory that is damaged, full or cannot be written: each says so in one line, and nothing is kept from ending.

import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { beforeEach, describe, expect, it } from "vitest"
import { readNodeState, readStoredNode } from "../../runtime/system/node-state.js"
import { canMount } from "../support/can-mount.js"
import { oneLine } from "../support/cli-project.js"
import { NodeProject } from "../support/node-project.js"
import { CLI, type CliResult, cliEnv } from "../support/run-cli.js"

const APART = { kind: "counter", name: "apart", placement: "process" } as const

let project: NodeProject
beforeEach(async () => {
  project = await NodeProject.create([APART])
  return () => project.close()
})

/** What doctor finds that is not well: `fail state directory: …`. */
async function complaints(): Promise<string[]> {
  const { stdout } = await project.cli(["doctor", "--json"])
  const { findings } = JSON.parse(stdout) as { findings: { level: string; about: string; message: string; mend?: string }[] }
  return findings.flatMap(({ level, about, message, mend }) =>
    level === "ok" ? [] : [`${level} ${about}: ${message} → ${mend ?? "nothing"}`],
  )
}

function damage(file: string, text: string | ((before: string) => string)): void {
  const path = join(project.stateDir, file)
  writeFileSync(path, typeof text === "string" ? text : text(readFileSync(path, "utf8")))
}

const changed = (fields: object) => (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), ...fields })
const half = (text: string): string => text.slice(0, text.length / 2)

describe("a damaged file", () => {
  it("is named by doctor and put right by up, whichever it is", async () => {
    await project.json("up")
    for (const [file, text, said] of [
      ["node.json", changed({ digest: {} }), "node: node.json has no usable digest.settings"],
      ["bus.json", half, "bus: bus.json is not JSON"],
      ["place.json", half, "state files: place.json names no project"],
    ] as const) {
      damage(file, text)
      expect(await complaints()).toEqual([
        `warn ${said} → "troupe up" ${file === "bus.json" ? "writes it anew" : "puts it right"}`,
      ])
      expect(await project.cli(["up"])).toMatchObject({ exit: 0, stderr: "" })
      expect(await project.request("apart.increment")).toBeGreaterThan(0)
    }
    expect(await complaints()).toEqual([])
    expect(await project.cli(["down"])).toMatchObject({ exit: 0, stderr: "" })
    expect(project.processes()).toEqual([])
  })

  it.each([
    ["cut off", '{"status":"ready","pid":4', "node.json is not JSON"],
    ["empty", "", "node.json is empty"],
    ["no object", "null", "node.json has no usable object"],
    ["of another shape", '{"status":"weird"}', "node.json has no usable status"],
  ])("never stops a command that reads it: node.json, %s", async (_, text, why) => {
    mkdirSync(project.stateDir, { mode: 0o700 })
    damage("node.json", text)
    expect(await readStoredNode(project.stateDir)).toEqual({ type: "damaged", why })
    expect(await readNodeState(project.stateDir)).toBeUndefined()
    expect(await project.cli(["down"])).toMatchObject({ exit: 0, stdout: "nothing runs\n" })
  })
})

describe("a state directory that cannot be used", () => {
  it("since a file is in its place: says so, and down has nothing to end", async () => {
    writeFileSync(project.stateDir, "")
    const up = await project.cli(["up"])
    expect(up).toMatchObject({ exit: 3, stdout: "", stderr: expect.stringMatching(oneLine) as string })
    expect(up.stderr).toMatch(/^ERR_STATE_DIR: .*a file is in the way.*; move that file away, or choose another/)
    expect(await project.cli(["down"])).toMatchObject({ exit: 0, stdout: "nothing runs\n", stderr: "" })
    expect(await complaints()).toContainEqual(expect.stringMatching(/^fail state directory: .* is no folder → move it away/))
  })

  it("or a pm2 home: in a place where nothing can be made, says so", async () => {
    for (const env of [{ TROUPE_STATE_DIR: "/proc/nowhere/x" }, { PM2_HOME: "/proc/nowhere/x" }]) {
      const up = await project.cli(["up"], env)
      expect(up).toMatchObject({
        exit: 3,
        stdout: "",
        stderr: expect.stringMatching(/^ERR_(STATE_DIR|PM2): .*nowhere.*\n$/) as string,
      })
      const doctor = await project.cli(["doctor"], env)
      expect(doctor).toMatchObject({ exit: 1, stdout: expect.stringMatching(/fail .* \/proc\/nowhere\/x cannot be/) as string })
    }
  })

  it("since the process may write no more than a byte: says so", async () => {
    mkdirSync(project.stateDir, { mode: 0o700 })
    const limited = await sh('ulimit -f 0; "$NODE" "$CLI" up')
    expect(limited).toMatchObject({ exit: 3, stdout: "", stderr: expect.stringMatching(oneLine) as string })
    expect(limited.stderr).toMatch(/^ERR_STATE_DIR: .*\(EFBIG\); raise the limit/)
  })
})

/** Where a user may have file systems of their own, the directory is on one that is full or read-only. */
const namespaces = canMount()
describe.skipIf(!namespaces)("a state directory on a disk", () => {
  const FILL = 'cat /dev/zero > "$STATE/fill" 2>/dev/null; true'

  it("that is full from the start: up, down and doctor say so in one line, and nothing runs", async () => {
    const up = await onDisk(`${FILL}; "$NODE" "$CLI" up`)
    expect(up).toMatchObject({ exit: 3, stdout: "", stderr: expect.stringMatching(oneLine) as string })
    expect(up.stderr).toMatch(/^ERR_STATE_DIR: .*the disk is full \(ENOSPC\); free some space, or choose another/)
    expect(await onDisk(`${FILL}; "$NODE" "$CLI" down`)).toMatchObject({ exit: 0, stdout: "nothing runs\n" })
    const doctor = await onDisk(`${FILL}; "$NODE" "$CLI" doctor`)
    expect(doctor.exit).toBe(1)
    expect(doctor.stdout).toMatch(/fail +state directory +.*the disk is full \(ENOSPC\)\n +→ free some space/)
    expect(doctor.stdout).toMatch(/fail +disk space +0 MB free/)
  })

  it("that fills up: what runs goes on, what needs room says so, and down ends all", async () => {
    const { stdout, stderr } = await onDisk(
      [
        '"$NODE" "$CLI" up --json > /dev/null && echo up',
        FILL,
        '"$NODE" "$CLI" ask apart increment',
        '"$NODE" "$CLI" spawn counter --name more --placement process; echo "spawn $?"',
        '"$NODE" "$CLI" up; echo "up $?"',
        '"$NODE" "$CLI" down; echo "down $?"',
      ].join("\n"),
    )
    expect(stdout).toMatch(/^up\n1\nspawn 1\nup 3\n[^]*pm2 daemon ended[^]*down 0\n$/)
    const [spawn, up] = stderr.trim().split("\n")
    expect(spawn).toMatch(/^ERR_START_FAILED: more: .*the disk is full \(ENOSPC\); free some space/)
    expect(up).toMatch(/^ERR_STATE_DIR: .*the disk is full/)
    expect(project.processes()).toEqual([])
  })

  it("that is full when the node starts: up says why it does not come up", async () => {
    const { exit, stderr } = await onDisk(
      // Room for what up writes itself, and none for what the node adds.
      '"$NODE" "$CLI" up > /dev/null && "$NODE" "$CLI" down > /dev/null; cat /dev/zero > "$STATE/fill" 2>/dev/null; ' +
        'truncate -s -16384 "$STATE/fill"; "$NODE" "$CLI" up',
    )
    expect({ exit, stderr }).toEqual({
      exit: 3,
      stderr: expect.stringMatching(/^ERR_\w+: .*the disk is full \(ENOSPC\)[^\n]*\n$/) as string,
    })
    expect(project.processes()).toEqual([])
  })

  it("that becomes read-only: down ends all and names what it cannot remove", async () => {
    const { stdout } = await onDisk(
      [
        '"$NODE" "$CLI" up --json > /dev/null',
        // Files that are open for writing keep a file system writable; a mount over it does not ask.
        'mount --bind "$STATE" "$STATE" && mount -o remount,bind,ro "$STATE"',
        '"$NODE" "$CLI" down; echo "down $?"',
      ].join("\n"),
    )
    expect(stdout).toMatch(/node ended[^]*bus ended[^]*still there: what \S+ remembers: .*read-only \(EROFS\)\ndown 1\n$/)
    expect(project.processes()).toEqual([])
  })
})

/** Runs a script in the project. */
async function sh(script: string, wrapper: readonly string[] = []): Promise<CliResult> {
  const [program, ...args] = [...wrapper, "sh", "-c", script]
  const env = cliEnv({ ...project.env, NODE: process.execPath, CLI, STATE: project.stateDir })
  const run = promisify(execFile)(program, args, { cwd: project.dir, env })
  return run.then(
    ({ stdout, stderr }) => ({ exit: 0, stdout, stderr }),
    (failed: unknown) => {
      const { code, stdout, stderr } = failed as { code: number; stdout: string; stderr: string }
      return { exit: code, stdout, stderr }
    },
  )
}

/** The same with the state directory on a small disk of its own, which nobody else sees. */
async function onDisk(script: string): Promise<CliResult> {
  mkdirSync(project.stateDir, { mode: 0o700, recursive: true })
  return sh(`mount -t tmpfs -o size=256k,mode=700 tmpfs "$STATE" && ${script}`, ["unshare", "-rm"])
}
