// Memory of the machine where things are not as they should be: others' files in its folder, no file descriptors left, cut files.

import { closeSync, fstatSync, openSync } from "node:fs"
import { describe, expect, it, onTestFinished } from "vitest"
import { openMachineToolkit } from "../../../runtime/toolkit.js"
import { machineMemoryPath, sweepMachineMemory } from "../../../runtime/internal.js"
import { removeMachineMemory } from "../../../runtime/parallel/mapped-memory/machine-memory.js"
import { canMount } from "../../support/can-mount.js"
import { runProgram } from "../../support/run-program.js"
import { tempDir } from "../../support/temp-dir.js"

const SOON = { timeoutMs: 20_000 }
const TOOLKIT = new URL("../../../runtime/toolkit.js", import.meta.url).href
const INTERNAL = new URL("../../../runtime/internal.js", import.meta.url).href

/** A program with a /dev/shm of its own. */
const inOwnFolder = (source: string): ReturnType<typeof runProgram> => {
  const shell = 'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$0" "$1"'
  return runProgram(source, {}, (command) => ["unshare", "-rm", "sh", "-c", shell, ...command])
}
/** A program that can have so few files open. */
const withFewFiles = (source: string): ReturnType<typeof runProgram> =>
  runProgram(source, {}, (command) => ["sh", "-c", 'ulimit -n 200 && exec "$0" "$1"', ...command])
/** Opens files until there can be no more; `free()` closes them. */
const TAKE_ALL = `
  const { openSync, closeSync } = await import("node:fs")
  const fds = []
  const takeAll = () => { try { for (;;) fds.push(openSync("/dev/null")) } catch {} }
  const free = () => fds.splice(0).forEach((fd) => closeSync(fd))`

describe("a folder in which everybody can put things", () => {
  it.skipIf(!canMount())("P7 holds up no program's start, whatever stands in it under such a name", async () => {
    const program = inOwnFolder(`
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const { execFileSync } = await import("node:child_process")
      const fs = await import("node:fs")
      const named = (end) => "/dev/shm/troupe-" + process.getuid() + "-" + end
      execFileSync("mkfifo", ["-m", "666", named("fifo")])
      execFileSync("mkfifo", ["-m", "666", named("fifo.bell1.bell2")])
      fs.mkdirSync(named("folder"))
      fs.mkdirSync(named("folder.bell3"))
      fs.symlinkSync("/etc/passwd", named("link"))
      fs.writeFileSync(named("public"), Buffer.alloc(1e6)); fs.chmodSync(named("public"), 0o666)
      fs.writeFileSync(named("cut"), "")
      const system = await runtime.ActorSystem.start({ bus: false, stateDir: ${JSON.stringify(tempDir())}, prefix: "odd" })
      await (await (await openMachineToolkit(system)).lock("x")).acquire()
      await system.shutdown()
      console.log("started and ended; cut is", fs.existsSync(named("cut")) ? "there" : "gone")`)
    expect((await program.ended).printed).toContain("started and ended; cut is gone")
  })

  it.skipIf(!canMount())("P7 says at opening what stands under the name of its file, and touches none of it", async () => {
    const program = inOwnFolder(`
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const { machineMemoryPath } = await import(${JSON.stringify(INTERNAL)})
      const { execFileSync } = await import("node:child_process")
      const fs = await import("node:fs")
      const home = { stateDir: ${JSON.stringify(tempDir())}, prefix: "taken" }
      const path = machineMemoryPath(home)
      for (const put of [
        () => execFileSync("mkfifo", ["-m", "600", path]),
        () => fs.mkdirSync(path),
        () => fs.symlinkSync("/etc/passwd", path),
        () => fs.writeFileSync(path, Buffer.alloc(2 ** 20), { mode: 0o600 }),
        () => fs.writeFileSync(path, "", { mode: 0o600 }),
        () => fs.writeFileSync(path, Buffer.alloc(2 ** 20), { mode: 0o644 }),
      ]) {
        put()
        console.log(await openMachineToolkit({ home }).then(() => "opened", (error) => error.code))
        fs.rmSync(path, { recursive: true })
      }
      console.log(await openMachineToolkit({ home }).then(() => "opened", (error) => error.code))`)
    expect((await program.ended).printed.trim().split("\n")).toEqual([...Array<string>(6).fill("ERR_UNAVAILABLE"), "opened"])
  })
})

describe("a process that has no file descriptor left", () => {
  it("P4 takes nobody for dead who lives: what others hold stays theirs", async () => {
    const home = { stateDir: tempDir(), prefix: "fds" }
    onTestFinished(() => removeMachineMemory(home))
    const lock = await (await openMachineToolkit({ home })).lock("x")
    const lease = await lock.acquire()
    const program = withFewFiles(`
      ${TAKE_ALL}
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const lock = await (await openMachineToolkit({ home: ${JSON.stringify(home)} })).lock("x")
      takeAll()
      for (let n = 0; n < 5; n++) {
        const wait = await lock.acquire({ timeoutMs: 50 }).then(() => "had", ({ code }) => code)
        const took = await lock.tryAcquire()
        if (wait !== "ERR_WAIT_TIMED_OUT" || took !== undefined) console.log("stolen", wait)
      }
      free()
      console.log("done")`)
    expect((await program.ended).printed.trim()).toBe("done")
    await lease.release()
    expect((await lock.acquire(SOON)).ownerDied).toBe(false)
  })

  it("P4 waits all the same, and leaves no place in the line that nobody has", async () => {
    const home = { stateDir: tempDir(), prefix: "bell" }
    onTestFinished(() => removeMachineMemory(home))
    const program = withFewFiles(`
      ${TAKE_ALL}
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const lock = await (await openMachineToolkit({ home: ${JSON.stringify(home)} })).lock("x")
      const lease = await lock.acquire()
      takeAll()
      const late = await lock.acquire({ timeoutMs: 50 }).then(() => "had", ({ code }) => code)
      const next = lock.acquire({ timeoutMs: 20000 })
      free()
      await lease.release()
      await (await next).release()
      console.log(late, await lock.locked())`)
    expect((await program.ended).printed.trim()).toBe("ERR_WAIT_TIMED_OUT false")
  })
})

describe("what a killed program has left", () => {
  it("P7 gives its memory back when it is swept, and not only when who swept it ends", async () => {
    const home = { stateDir: tempDir(), prefix: "swept" }
    const program = runProgram(`
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const toolkit = await openMachineToolkit({ home: ${JSON.stringify(home)} })
      const { view } = await toolkit.sharedArray("large", Float64Array, { length: 2 ** 20 })
      view.fill(1)
      setInterval(() => undefined, 1000)
      console.log("filled")`)
    await program.said("filled")
    const fd = openSync(machineMemoryPath(home), "r")
    onTestFinished(() => closeSync(fd))
    expect(fstatSync(fd).blocks * 512).toBeGreaterThan(8 * 2 ** 20)
    program.signal("SIGKILL")
    await program.ended
    await sweepMachineMemory(home.stateDir, 0)
    expect(fstatSync(fd)).toMatchObject({ blocks: 0, nlink: 0 })
  })
})
