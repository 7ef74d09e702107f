// Memory that the processes of a machine share: numbers in it, deaths in the middle, and what is left of it in the end.

import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from "node:fs"
import { dirname, basename } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { openMachineToolkit } from "../../../runtime/toolkit.js"
import type { ActorRef, Placement } from "../../../runtime/index.js"
import { machineMemoryPath, sweepMachineMemory } from "../../../runtime/internal.js"
import { loadNative, mayEnd, nativeLoadWord, shareNativeLoads } from "../../../runtime/parallel/mapped-memory/native-load.js"
import { MemoryUser } from "../../fixtures/memory-user.js"
import { canMount } from "../../support/can-mount.js"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, failureOf, outcomeOf, terminationOf } from "../../support/outcome.js"
import { runProgram } from "../../support/run-program.js"
import { tempDir } from "../../support/temp-dir.js"
import { startTestSystem, useTestSystem } from "../../support/test-system.js"
import { freshName } from "../../support/toolkits.js"

const { system } = useTestSystem()
/** The machine may be busy. */
const SOON = { timeoutMs: 20_000 }
const LONG = { timeoutMs: 25_000 }
/** Where its members stand in the file, in bytes. */
const MEMBERS_AT = 64
const PLACEMENTS: readonly Placement[] = ["inline", "thread", "process"]

const user = (placement: Placement): Promise<ActorRef<MemoryUser>> =>
  system.spawn(MemoryUser, { placement, restart: "temporary" })
const TOOLKIT = new URL("../../../runtime/toolkit.js", import.meta.url).href
const left = (path: string): string[] => readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)))

describe("a thread that is ended while it loads the add-on", () => {
  it("P4 is let to finish that first, and begins no load once it is being ended", async () => {
    const word = nativeLoadWord()
    shareNativeLoads(word)
    onTestFinished(() => shareNativeLoads(undefined))
    let loaded: (value: string) => void = () => undefined
    const loading = loadNative(() => new Promise<string>((resolve) => (loaded = resolve)))
    expect(mayEnd(word)).toBe(false)
    loaded("add-on")
    expect(await loading).toBe("add-on")
    expect(mayEnd(word)).toBe(true)
    let begun = false
    void loadNative(() => {
      begun = true
      return Promise.resolve()
    })
    expect(begun).toBe(false)
  })

  it("A6 takes nobody along, at whatever step it is killed", async () => {
    for (let turns = 0; turns < 8; turns++) {
      const joining = await user("thread")
      joining.tell.add({ name: freshName("join"), times: 1 })
      const until = performance.now() + 2 * turns
      await eventually(() => performance.now() >= until)
      expect((await system.kill(joining)).reason.type).toBe("killed")
    }
  })
})

describe("numbers in the memory of the machine", () => {
  it("P7 are the same for actors in every placement, and no addition is lost", async () => {
    const users = await Promise.all([...PLACEMENTS, "process" as const].map(user))
    const [name, times] = [freshName("count"), 50_000]
    await Promise.all(users.map((ref) => ref.with(LONG).ask.add({ name, times })))
    expect((await (await openMachineToolkit(system)).sharedValue(name, Int32Array)).get()).toBe(4 * times)
    const [exact, few] = [freshName("exact"), 200]
    await Promise.all(users.map((ref) => ref.with(LONG).ask.addUnderLock({ name: exact, times: few })))
    expect((await (await openMachineToolkit(system)).sharedValue(exact, Float64Array)).get()).toBe(4 * few)
    for (const ref of users) await system.kill(ref)
  })

  it("P7 exclude each other also where threads are blocked and processes wait", async () => {
    const [first, second, third] = [await user("thread"), await user("thread"), await user("process")]
    const [lock, value] = [freshName("lock"), freshName("value")]
    const hammering = outcomeOf(third.with(LONG).ask.hammer(lock))
    await Promise.all([first, second].map((ref) => ref.with(LONG).ask.addBlocked({ lock, value, times: 200 })))
    expect((await (await openMachineToolkit(system)).sharedValue(value, Float64Array)).get()).toBe(400)
    for (const ref of [first, second, third]) await system.kill(ref)
    await hammering
  })

  it("P7 are read whole while another process writes them", async () => {
    const [ref, length] = [await user("process"), 4096]
    const name = freshName("whole")
    const array = await (await openMachineToolkit(system)).sharedArray(name, Float64Array, { length })
    const filling = ref.with(LONG).ask.fill({ name, length })
    await eventually(() => (array.view[length - 1] ?? 0) > 0, SOON)
    for (let n = 0; n < 200; n++) {
      const copy = await array.snapshot(SOON)
      expect(new Set(copy).size).toBe(1)
    }
    await array.write((view) => view.fill(-1), SOON)
    expect(await filling).toBeGreaterThan(0)
    await system.kill(ref)
  })
})

describe("a process that is killed", () => {
  it("P4 in the middle of a write leaves an array that readers refuse, until it is put in order", async () => {
    const [ref, name, length] = [await user("process"), freshName("half"), 8]
    const array = await (await openMachineToolkit(system)).sharedArray(name, Float64Array, { length })
    void outcomeOf(ref.ask.dieWriting({ name, length }))
    await eventually(() => array.view[0] === 9, SOON)
    expect(await codeOfFailure(array.snapshot(SOON))).toBe("ERR_POISONED")
    expect(await array.write((view, half) => (view.fill(1), half), SOON)).toBe(true)
    expect([...(await array.snapshot())]).toEqual(Array(length).fill(1))
  })

  it.each([false, true])("P4 while it holds a lock leaves it to the next, poisoned if asked for: %s", async (poison) => {
    const [ref, name] = [await user("process"), freshName("held")]
    const lock = await (await openMachineToolkit(system)).lock(name, { onOwnerDied: poison ? "poison" : "tell" })
    const ended = terminationOf(system, ref)
    void outcomeOf(ref.ask.dieHolding({ name, poison }))
    await ended
    if (poison) {
      expect(await codeOfFailure(lock.acquire(SOON))).toBe("ERR_POISONED")
      await lock.reset()
    } else {
      // Also who does not wait finds out, though nobody has told it.
      let lease = await lock.tryAcquire()
      await eventually(async () => (lease ??= await lock.tryAcquire()) !== undefined, SOON)
      expect(lease?.ownerDied).toBe(true)
      await lease?.release()
    }
    await (await lock.acquire(SOON)).release()
  })

  it("P4 at any step of acquire and release leaves a lock that others go on with", async () => {
    const name = freshName("any")
    const lock = await (await openMachineToolkit(system)).lock(name)
    for (let round = 0; round < 5; round++) {
      const victim = await user("process")
      void outcomeOf(victim.with(LONG).ask.hammer(name))
      const pid = await victim.ask.pid()
      for (let n = 0; n < 20; n++) await (await lock.acquire(SOON)).release()
      const ended = terminationOf(system, victim)
      process.kill(pid, "SIGKILL")
      for (let n = 0; n < 20; n++) await (await lock.acquire(SOON)).release()
      await ended
    }
    expect(await lock.locked()).toBe(false)
  })

  it("P5 at any step of a put or a get leaves queues from which nothing is lost", async () => {
    const [from, to, capacity, count, kills] = [freshName("from"), freshName("to"), 16, 3000, 5]
    const toolkit = await openMachineToolkit(system)
    const source = await toolkit.queue<number>(from, { capacity, unfinished: "requeue" })
    const sink = await toolkit.queue<number>(to, { capacity })
    const all = Array.from({ length: count }, (_, n) => n)
    const fed = source.putMany(all, { timeoutMs: 60_000 })
    const mover = async (): Promise<ActorRef<MemoryUser>> => {
      const ref = await user("process")
      void outcomeOf(ref.with({ timeoutMs: 60_000 }).ask.move({ from, to, capacity }))
      return ref
    }
    const movers = await Promise.all([mover(), mover()])
    const moved: number[] = []
    for (let kill = 1; kill <= kills; kill++) {
      while (moved.length < (count * kill) / (kills + 1)) moved.push(...(await sink.getMany(16, SOON)))
      const [victim] = movers.splice(0, 1, await mover()) as [ActorRef<MemoryUser>]
      const pid = await victim.ask.pid()
      const ended = terminationOf(system, victim)
      // It goes on meanwhile.
      moved.push(...(await sink.getMany(1 + 5 * kill, SOON)))
      process.kill(pid, "SIGKILL")
      await ended
    }
    while (new Set(moved).size < count) moved.push(...(await sink.getMany(16, SOON)))
    expect(await fed).toBe(count)
    expect(await source.join(SOON)).toBe(true)
    for (let item = await sink.tryGet(); item !== undefined; item = await sink.tryGet()) moved.push(item)
    expect([...new Set(moved)].sort((a, b) => a - b)).toEqual(all)
    // Only what a victim was moving when it died is there twice.
    expect(moved.length).toBeLessThanOrEqual(count + 3 * kills)
    for (const ref of movers) await system.kill(ref)
  })
})

describe("the file of a home", () => {
  it("P7 has room for 127 threads, and says so to the next", async () => {
    const test = await startTestSystem()
    const lock = await (await openMachineToolkit(test.system)).lock("y")
    const path = machineMemoryPath(test.system.home)
    // Two words for each member: its thread, and 0 for one of which nothing else is known.
    const members = new Int32Array(128 * 2)
    const file = openSync(path, "r+")
    readSync(file, members, 0, members.byteLength, MEMBERS_AT)
    const full = members.map((word, n) => (n < 2 || n % 2 === 1 || word !== 0 ? word : process.pid))
    writeSync(file, full, 0, full.byteLength, MEMBERS_AT)
    const spawned = (): Promise<ActorRef<MemoryUser>> =>
      test.system.spawn(MemoryUser, { placement: "thread", restart: "temporary" })
    expect((await failureOf(spawned())).message).toContain("127 threads use it already")
    // Who is in goes on.
    await (await lock.acquire(SOON)).release()
    writeSync(file, members, 0, members.byteLength, MEMBERS_AT)
    closeSync(file)
    expect(await (await spawned()).ask.addUnderLock({ name: "x", times: 1 })).toBe(1)
    await test.stop()
  })

  it("P7 is its user's alone, and gone when its program has ended", async () => {
    const test = await startTestSystem()
    const path = machineMemoryPath(test.system.home)
    const ref = await test.system.spawn(MemoryUser, { placement: "process" })
    await ref.ask.addUnderLock({ name: "x", times: 1 })
    const lock = await (await openMachineToolkit(test.system)).lock("y")
    await lock.acquire()
    await outcomeOf(lock.acquire({ timeoutMs: 50 }))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await test.stop()
    expect(left(path)).toEqual([])
  })

  it("P7 stays while another system of the same process uses it, and goes with the last", async () => {
    const test = await startTestSystem()
    try {
      const second = await test.join({ stateDir: test.stateDir })
      const lock = await (await openMachineToolkit(second)).lock(freshName("shared"))
      const path = machineMemoryPath(second.home)
      await test.system.shutdown()
      expect(left(path)).not.toEqual([])
      await (await lock.acquire())[Symbol.asyncDispose]()
      await second.shutdown()
      expect(left(path)).toEqual([])
    } finally {
      await test.stop()
    }
  })

  it.each(["ends", "is killed"])("P7 stays, and what is in it, when another program that used it %s", async (how) => {
    const test = await startTestSystem()
    try {
      const toolkit = await openMachineToolkit(test.system)
      const value = await toolkit.sharedValue("kept", Int32Array)
      await value.increase(1)
      const program = runProgram(`
        const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
        const options = { bus: false, stateDir: ${JSON.stringify(test.stateDir)}, prefix: ${JSON.stringify(test.prefix)} }
        const system = await runtime.ActorSystem.start(options)
        const toolkit = await openMachineToolkit(system)
        await (await toolkit.sharedValue("kept", Int32Array)).increase(10)
        await (await toolkit.lock("theirs")).acquire()
        console.log("did")
        process.on("SIGUSR2", () => system.shutdown())
        setInterval(() => undefined, 1000).unref()
        await new Promise((resolve) => process.once("SIGUSR2", resolve))`)
      await program.said("did")
      const lock = await toolkit.lock("theirs")
      expect(await lock.tryAcquire()).toBeUndefined()
      const waiting = lock.acquire(SOON)
      program.signal(how === "ends" ? "SIGUSR2" : "SIGKILL")
      await program.ended
      expect((await waiting).ownerDied).toBe(true)
      await sweepMachineMemory(test.stateDir, 0)
      expect([await value.read(), left(machineMemoryPath(test.system.home)).length > 0]).toEqual([11, true])
    } finally {
      await test.stop()
    }
  })

  it("P7 is swept by the next program when its own was killed, and not before", async () => {
    const dir = tempDir()
    const program = runProgram(`
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const system = await runtime.ActorSystem.start({ bus: false, stateDir: ${JSON.stringify(dir)}, prefix: "killed" })
      const lock = await (await openMachineToolkit(system)).lock("x")
      await lock.acquire()
      lock.acquire()
      lock.acquire({ timeoutMs: 50 }).catch(() => console.log("held"))`)
    await program.said("held")
    const path = machineMemoryPath({ stateDir: dir, prefix: "killed" })
    await sweepMachineMemory(dir, 0)
    expect(left(path).length).toBeGreaterThan(1)
    program.signal("SIGKILL")
    await program.ended
    expect(left(path).length).toBeGreaterThan(1)
    await sweepMachineMemory(dir, 0)
    expect(left(path)).toEqual([])
  })

  it.skipIf(!canMount())("P7 says that there is no memory for it when there is none, and kills nobody", async () => {
    const dir = tempDir()
    const source = `
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const system = await runtime.ActorSystem.start({ bus: false, stateDir: ${JSON.stringify(dir)}, prefix: "full" })
      const toolkit = await openMachineToolkit(system)
      const lock = await toolkit.lock("before")
      const fill = (name, length) => toolkit.sharedArray(name, Float64Array, { length }).then(({ view }) => (view.fill(1), "filled"), (error) => error)
      const said = [await fill("a", 2 ** 16)]
      // More often than there are addresses for, if each kept its own.
      for (let n = 0; n < 40; n++) {
        const { code, message } = await fill("large", 2 ** 28)
        if (n % 39 === 0) said.push(code, message.includes("array large: no room left") && message.includes("can be had"))
      }
      const lease = await lock.acquire({ timeoutMs: 5000 })
      said.push(await fill("b", 2 ** 16), lease.ownerDied)
      await lease.release()
      await system.shutdown()
      console.log(said.join(" "), "left", (await import("node:fs")).readdirSync("/dev/shm").length)`
    // A namespace of its own, in which /dev/shm holds 8 MB.
    const shell = 'mount -t tmpfs -o size=8m tmpfs /dev/shm && exec "$0" "$1"'
    const program = runProgram(source, {}, (command) => ["unshare", "-rm", "sh", "-c", shell, ...command])
    expect((await program.ended).printed).toContain("filled ERR_NO_ROOM true ERR_NO_ROOM true filled false left 0")
  })

  it.skipIf(!canMount())("P7 says so too when there is not even enough to begin with, and leaves no file", async () => {
    const source = `
      const { openMachineToolkit } = await import(${JSON.stringify(TOOLKIT)})
      const system = await runtime.ActorSystem.start({ bus: false, stateDir: ${JSON.stringify(tempDir())}, prefix: "none" })
      const { code, message } = await openMachineToolkit(system).catch((error) => error)
      console.log(code, message.includes("/dev/shm/"), "left", (await import("node:fs")).readdirSync("/dev/shm").length)
      await system.shutdown()`
    const shell = 'mount -t tmpfs -o size=64k tmpfs /dev/shm && exec "$0" "$1"'
    const program = runProgram(source, {}, (command) => ["unshare", "-rm", "sh", "-c", shell, ...command])
    expect((await program.ended).printed).toContain("ERR_NO_ROOM true left 0")
  })
})
