// The parallel toolkit: locks, queues, numbers and pools, against what the same work takes without them.
// Who contend are as many as have a core each, three at most. That waiters are served in their order is shown by the tests; here it is
// checked that no turn and no item was lost.

import { mkdtemp, rm } from "node:fs/promises"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import type { ActorRef } from "../actor/actor-ref.js"
import { openLock, openSharedArray } from "../parallel/shared-memory/open.js"
import { ActorSystem } from "../system/actor-system.js"
import { openMachineToolkit } from "../toolkit/open-machine-toolkit.js"
import { Pool } from "../toolkit/pool.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { stepsOfMicrosecond, work, workTask } from "./bench-tasks.js"
import { BenchUser, CHANGES, LOG_LENGTH, type QueueForm, sumOf, TURNS } from "./bench-user.js"

const TEAM = Math.min(3, availableParallelism())
const LOCKS = 400_000
const AWAITED_LOCKS = 100_000
const CONTENDED = 150_000
const CONTENDED_AWAITED = 20_000
const ADDS = 5_000_000
const ITEMS = 200_000
const SHORT_TASKS = 100_000
const LONG_TASKS = 1000
/** How many of them one does alone, for comparison. */
const LONG_ALONE = 100
const LONG_MS = 5
const DOUBLES = 8_000_000
const SUMS = 20

export async function toolkitGroup(): Promise<BenchGroup> {
  const stateDir = await mkdtemp(join(tmpdir(), "troupe-bench-"))
  process.env["PM2_HOME"] = join(stateDir, "pm2")
  const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "bench-toolkit", strictMessages: false })
  const team = async (placement: "thread" | "process", memory: "process" | "machine"): Promise<ActorRef<BenchUser>[]> =>
    Promise.all(Array.from({ length: TEAM }, () => system.spawn(BenchUser, { placement, args: { memory } })))
  const threads = await team("thread", "process")
  const processes = await team("process", "machine")
  const pool = await Pool.start(system, { workers: TEAM })
  const cases = [
    ...lockCases(threads),
    await counterCase(system, processes),
    ...queueCases(threads),
    ...poolCases(pool),
    ...(await sumCases(system, threads, processes)),
  ]
  return {
    question: `What do locks, queues, numbers and pools cost? (${String(TEAM)} threads or processes where several work)`,
    baseline: undefined,
    warmUps: 1,
    aims: [
      { case: TRY, atMost: 100, of: "absolute" },
      { case: AWAITED, atMost: 500, of: "absolute" },
      { case: BLOCKED, atLeast: 1e6, of: "absolute" },
      { case: POLITE, atLeast: 1e5, of: "absolute" },
      { case: COUNTER, atLeast: 1e7, of: "absolute" },
      { case: queueName("awaited"), atLeast: 1e6, of: "absolute" },
      { case: queueName("blocked"), atLeast: 1e6, of: "absolute" },
      { case: queueName("many"), atLeast: 1e6, of: "absolute" },
      { case: SHORT, atLeast: TEAM / 2, of: "baseline" },
      { case: LONG, atLeast: TEAM * 0.9, of: "baseline" },
      { case: SUM_THREADS, atLeast: 1 / 1.2, of: "baseline" },
      { case: SUM_PROCESSES, atLeast: 1 / 1.2, of: "baseline" },
    ],
    cases,
    async end() {
      await pool.terminate()
      await system.shutdown()
      await rm(stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}

const TRY = "lock, free: tryAcquireSync and release"
const AWAITED = "lock, free: awaited acquire and release"
const BLOCKED = `lock, ${String(TEAM)} threads contend, blocked`
const POLITE = `lock, ${String(TEAM)} threads contend, awaited`
const COUNTER = `whole number, ${String(TEAM)} processes add`
const SHORT_ALONE = "tasks of 1 µs in a loop"
const SHORT = `tasks of 1 µs, Pool.map of ${String(SHORT_TASKS)}`
const LONG_LOOP = "tasks of 5 ms in a loop"
const LONG = `tasks of 5 ms, Pool.map of ${String(LONG_TASKS)}`
const SUM_ALONE = "sums of 8 M doubles, alone"
const SUM_THREADS = `sums of 8 M doubles, ${String(TEAM)} threads`
/** What the cores and the memory allow: as many at once, and nothing shared. */
const SUM_OWN = `sums of 8 M doubles, ${String(TEAM)} threads with parts of their own`
const SUM_MACHINE = "sums of 8 M doubles in memory of the machine, alone"
const SUM_PROCESSES = `sums of 8 M doubles, ${String(TEAM)} processes`

function queueName(form: QueueForm): string {
  const how = { awaited: "put and get, awaited", blocked: "put and get, blocked", many: "putMany and getMany of 256" }
  return `queue, 64-byte items thread to thread: ${how[form]}`
}

/** So many operations in a time: how many in a second. */
async function rate(operations: number, run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return (operations / (performance.now() - start)) * 1000
}

function must(what: string, got: number, expected: number): void {
  if (got !== expected) throw new Error(`${what}: ${String(got)}, not ${String(expected)}`)
}

function lockCases(threads: readonly ActorRef<BenchUser>[]): BenchCase[] {
  const lock = openLock("bench-free")
  let changes = 0
  const log = openSharedArray("bench-log", Float64Array, { length: LOG_LENGTH })
  const contended = async (how: "lockBlocked" | "lockAwaited", times: number): Promise<number> => {
    const all = threads.length
    log.view.fill(0)
    const work = { lock: "bench-lock", log: "bench-log", times, all }
    const start = performance.now()
    const figure = await rate(times * all, () =>
      Promise.all(threads.map((ref, n) => ref.with({ timeoutMs: 60_000 }).ask[how]({ ...work, as: n + 1 }))),
    )
    must("turns under the lock", log.view[TURNS] ?? 0, times * all)
    changes = ((log.view[CHANGES] ?? 0) / (performance.now() - start)) * 1000
    return figure
  }
  return [
    {
      name: TRY,
      unit: "ns",
      round() {
        const start = performance.now()
        for (let n = 0; n < LOCKS; n++) {
          const lease = lock.tryAcquireSync()
          if (lease === undefined) throw new Error("a free lock was refused")
          lease.releaseSync()
        }
        return Promise.resolve(((performance.now() - start) / LOCKS) * 1e6)
      },
    },
    {
      name: AWAITED,
      unit: "ns",
      async round() {
        const start = performance.now()
        for (let n = 0; n < AWAITED_LOCKS; n++) {
          const lease = await lock.acquire()
          await lease.release()
        }
        return ((performance.now() - start) / AWAITED_LOCKS) * 1e6
      },
    },
    { name: BLOCKED, unit: "per second", round: () => contended("lockBlocked", CONTENDED) },
    { name: `${BLOCKED}: changes of hands`, unit: "per second", round: () => Promise.resolve(changes) },
    { name: POLITE, unit: "per second", round: () => contended("lockAwaited", CONTENDED_AWAITED) },
    { name: `${POLITE}: changes of hands`, unit: "per second", round: () => Promise.resolve(changes) },
  ]
}

async function counterCase(system: ActorSystem, processes: readonly ActorRef<BenchUser>[]): Promise<BenchCase> {
  const count = await (await openMachineToolkit(system)).sharedValue("bench-count", Int32Array)
  return {
    name: COUNTER,
    unit: "per second",
    async round() {
      count.set(0)
      const call = { value: "bench-count", times: ADDS }
      const figure = await rate(ADDS * processes.length, () =>
        Promise.all(processes.map((ref) => ref.with({ timeoutMs: 60_000 }).ask.count(call))),
      )
      must("additions", count.get(), ADDS * processes.length)
      return figure
    },
  }
}

function queueCases([producer, consumer]: readonly ActorRef<BenchUser>[]): BenchCase[] {
  return (["awaited", "blocked", "many"] as const).map((form) => ({
    name: queueName(form),
    unit: "per second",
    async round() {
      const call = { name: "bench-queue", count: ITEMS, form }
      let bytes: number | undefined
      const figure = await rate(ITEMS, async () => {
        const taking = consumer?.with({ timeoutMs: 60_000 }).ask.take(call)
        await producer?.with({ timeoutMs: 60_000 }).ask.put(call)
        bytes = await taking
      })
      must("bytes taken", bytes ?? 0, ITEMS * 64)
      return figure
    },
  }))
}

function poolCases(pool: Pool): BenchCase[] {
  const short = stepsOfMicrosecond()
  const long = short * LONG_MS * 1000
  const inPool = async (steps: number, tasks: number): Promise<number> => {
    const items = Array<number>(tasks).fill(steps)
    let results: number[] = []
    const figure = await rate(tasks, async () => (results = await pool.map(workTask, items)))
    must("right results", results.filter((result) => result === work(steps)).length, tasks)
    return figure
  }
  const alone = (steps: number, tasks: number): Promise<number> =>
    rate(tasks, () => {
      const items = Array<number>(tasks).fill(steps)
      must("results", items.map((item) => work(item)).length, tasks)
      return Promise.resolve()
    })
  return [
    { name: SHORT_ALONE, unit: "per second", round: () => alone(short, SHORT_TASKS) },
    { name: SHORT, unit: "per second", baseline: SHORT_ALONE, round: () => inPool(short, SHORT_TASKS) },
    { name: LONG_LOOP, unit: "per second", round: () => alone(long, LONG_ALONE) },
    { name: LONG, unit: "per second", baseline: LONG_LOOP, round: () => inPool(long, LONG_TASKS) },
  ]
}

async function sumCases(
  system: ActorSystem,
  threads: readonly ActorRef<BenchUser>[],
  processes: readonly ActorRef<BenchUser>[],
): Promise<BenchCase[]> {
  const size = { length: DOUBLES }
  const ofProcess = openSharedArray("bench-doubles", Float64Array, size).view.fill(1)
  const ofMachine = (await (await openMachineToolkit(system)).sharedArray("bench-doubles", Float64Array, size)).view.fill(1)
  const alone = (numbers: Float64Array): Promise<number> =>
    rate(SUMS, () => {
      for (let n = 0; n < SUMS; n++) must("the sum", sumOf(numbers, 0, DOUBLES), DOUBLES)
      return Promise.resolve()
    })
  const together = (team: readonly ActorRef<BenchUser>[], how: "sum" | "sumOwn" = "sum"): Promise<number> =>
    rate(SUMS, async () => {
      const sums = await Promise.all(
        team.map((ref, n) => {
          const from = Math.floor((DOUBLES * n) / team.length)
          const to = Math.floor((DOUBLES * (n + 1)) / team.length)
          return ref.with({ timeoutMs: 60_000 }).ask[how]({ name: "bench-doubles", ...size, from, to, times: SUMS })
        }),
      )
      must("the sums", sums.reduce((sum, part) => sum + part), DOUBLES * SUMS) // prettier-ignore
    })
  return [
    { name: SUM_ALONE, unit: "per second", round: () => alone(ofProcess) },
    { name: SUM_OWN, unit: "per second", baseline: SUM_ALONE, round: () => together(threads, "sumOwn") },
    { name: SUM_THREADS, unit: "per second", baseline: SUM_OWN, round: () => together(threads) },
    { name: SUM_MACHINE, unit: "per second", baseline: SUM_ALONE, round: () => alone(ofMachine) },
    { name: SUM_PROCESSES, unit: "per second", baseline: SUM_OWN, round: () => together(processes) },
  ]
}
