import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { withFileLock } from "../../runtime/bus/file-lock.js"
import { eventually } from "../support/eventually.js"
import { tempDir } from "../support/temp-dir.js"

const LOCK = new URL("../../runtime/bus/file-lock.js", import.meta.url).href

/** A program that runs this under the lock. */
function program(lock: string, body: string): ChildProcess {
  const code = `import { withFileLock } from ${JSON.stringify(LOCK)}
import { readFileSync, writeFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
const lock = ${JSON.stringify(lock)}
${body}`
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "ignore", "inherit"] })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  return child
}

describe("a file lock", () => {
  it("lets one program at a time in, also when one is killed while it holds it", async () => {
    const dir = tempDir()
    const [lock, counter, held] = [join(dir, "lock"), join(dir, "counter"), join(dir, "held")]
    writeFileSync(counter, "0")
    const victim = program(
      lock,
      `await withFileLock(lock, async () => { writeFileSync(${JSON.stringify(held)}, ""); await pause(60_000) })`,
    )
    await eventually(() => readdirSync(dir).includes("held"), { timeoutMs: 15_000 })
    const count = `for (let n = 0; n < 25; n++) {
  await withFileLock(lock, async () => {
    const seen = Number(readFileSync(${JSON.stringify(counter)}, "utf8"))
    await pause(1)
    writeFileSync(${JSON.stringify(counter)}, String(seen + 1))
  })
}`
    const programs = Array.from({ length: 3 }, () => program(lock, count))
    const ends = programs.map((child) => once(child, "exit"))
    victim.kill("SIGKILL")
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ])
    expect(readFileSync(counter, "utf8")).toBe("75")
    expect(readdirSync(dir).sort()).toEqual(["counter", "held"])
  })

  it("names who holds it when the wait is over, and is free again after work that failed", async () => {
    const lock = join(tempDir(), "lock")
    await withFileLock(lock, async () => {
      await expect(withFileLock(lock, () => Promise.resolve(), { timeoutMs: 30 })).rejects.toMatchObject({
        code: "ERR_STATE_DIR",
        message: expect.stringContaining(`held by the program with pid ${String(process.pid)}`) as string,
      })
    })
    await expect(withFileLock(lock, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed")
    expect(await withFileLock(lock, () => Promise.resolve("free"))).toBe("free")
  })
})
