// A program of actors for a suite: a real bus, a pm2 home and a state directory of its own; everything is verified gone in the end.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { ActorSystem, type SystemOptions } from "../../runtime/index.js"
import { endGroup } from "../../runtime/internal.js"
import { startTestBus, type TestBus } from "./bus.js"
import { eventually } from "./eventually.js"
import { startedLater } from "./started-later.js"

/** The compiled module of providers that every test system loads. */
export const PROVIDERS = new URL("../fixtures/providers.js", import.meta.url).href

export interface TestSystem {
  readonly system: ActorSystem
  readonly bus: TestBus
  readonly prefix: string
  /** The state directory of the first program. */
  readonly stateDir: string
  /** Starts another program on the same bus. */
  join(options?: SystemOptions): Promise<ActorSystem>
  /** Ends all, and fails when a process of it is left. */
  stop(): Promise<void>
}

let count = 0

function nextPrefix(): string {
  return `t${String(process.pid)}x${String(++count)}`
}

/** One for all tests of a file or a suite: started before them, stopped after them. What it gives can be taken apart at once. */
export function useTestSystem(options: SystemOptions = {}): Omit<TestSystem, "stop"> {
  const prefix = options.prefix ?? nextPrefix()
  let test: TestSystem | undefined
  beforeAll(async () => {
    test = await startTestSystem({ ...options, prefix })
  })
  afterAll(() => test?.stop())
  const started = startedLater(() => test)
  return {
    system: startedLater(() => test?.system),
    bus: startedLater(() => test?.bus),
    prefix,
    get stateDir() {
      return started.stateDir
    },
    join: (more) => started.join(more),
  }
}

/** Starts one. The caller stops it in afterAll, which runs also when a test has failed. */
export async function startTestSystem(options: SystemOptions = {}): Promise<TestSystem> {
  const dir = mkdtempSync(join(tmpdir(), "tr-"))
  // Short: the path of a Unix socket holds some hundred bytes.
  const home = mkdtempSync(join(tmpdir(), "p2-"))
  process.env["PM2_HOME"] = home
  const bus = await startTestBus()
  const prefix = options.prefix ?? nextPrefix()
  const url = new URL(bus.url)
  url.username = bus.user
  url.password = bus.password
  const systems: ActorSystem[] = []
  const join_ = async (more: SystemOptions = {}): Promise<ActorSystem> => {
    const system = await ActorSystem.start({
      bus: url.href,
      prefix,
      stateDir: join(dir, `state${String(systems.length)}`),
      providers: PROVIDERS,
      logLevel: "silent",
      ...options,
      ...more,
    })
    systems.push(system)
    return system
  }
  const stop = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const system of systems.reverse())
      await within(system.shutdown(), 20_000).catch((error: unknown) => failures.push(error))
    await bus.stop().catch((error: unknown) => failures.push(error))
    // pm2's daemon takes a moment to leave after it has said so.
    await eventually(() => processesOf(home).length === 0, { timeoutMs: 5000, what: "the end of every process" }).catch(() => {
      failures.push(new Error(`left behind: ${processesOf(home).map(commandOf).join("; ")}`))
    })
    for (const pid of processesOf(home)) await endGroup({ pid, termMs: 0 })
    for (const path of [home, dir]) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
    if (failures.length > 0)
      throw new AggregateError(failures, `the test system did not end cleanly: ${failures.map(String).join("; ")}`)
  }
  try {
    return { system: await join_(), bus, prefix, stateDir: join(dir, "state0"), join: join_, stop }
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
}

/** The processes that were started with this pm2 home, our own apart (Linux). */
export function processesOf(home: string): number[] {
  const marker = `PM2_HOME=${home}`
  return numbersIn("/proc").filter((pid) => {
    if (pid === process.pid) return false
    try {
      return readFileSync(`/proc/${String(pid)}/environ`, "latin1")
        .split("\0")
        .includes(marker)
    } catch {
      return false
    }
  })
}

function numbersIn(dir: string): number[] {
  try {
    return readdirSync(dir).map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function commandOf(pid: number): string {
  try {
    return `${String(pid)} ${readFileSync(`/proc/${String(pid)}/cmdline`, "latin1")
      .replaceAll("\0", " ")
      .trim()}`
  } catch {
    return String(pid)
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${String(ms)} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
