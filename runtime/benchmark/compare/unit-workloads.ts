// What one actor in a thread or a process costs: its start, its memory, its restart, its end; and what work elsewhere does to timers here.

import { readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import type { ActorRef } from "../../actor/actor-ref.js"
import type { Placement } from "../../actor/surroundings.js"
import { BenchVictim } from "../bench-victim.js"
import { quantile } from "../statistics.js"
import { Member } from "./member.js"
import type { Stage } from "./stage.js"
import type { OpenWorkload, Workload, WorkloadCase } from "./workload.js"

const PLACEMENTS = ["thread", "process"] as const
/** Each takes a good part of a second: more rounds would take too long. */
const ROUNDS = 5
const TICK_MS = 5
const BURST_MS = 20
const LEAST_TIMERS = 20
const idle = (): Promise<void> => Promise.resolve()

export function unitWorkloads(rounds: number): readonly Workload[] {
  const few = { rounds: Math.max(2, Math.min(ROUNDS, rounds - 1)), warmUps: 0, caseCount: 2, roundMs: 400 }
  const tickedMs = rounds < ROUNDS ? 200 : 1000
  return [
    {
      id: "spawn",
      title: "Starting an actor",
      question: "How long until an actor in a new thread or a new process has answered for the first time?",
      unit: "ms",
      better: "less",
      ...few,
      open: ({ system }) =>
        inBoth(async (placement) => {
          const start = performance.now()
          const ref = await system.spawn(BenchVictim, { placement })
          await ref.ask.ping()
          const took = performance.now() - start
          await system.kill(ref)
          return took
        }),
    },
    {
      id: "memory",
      title: "Memory of an actor",
      question:
        "How much memory does one more thread or process take? Pages that several share count in part for each of them (PSS), or in full (RSS). Of a thread, what its process grows by.",
      unit: "MiB",
      better: "less",
      ...few,
      caseCount: 4,
      open: (stage) =>
        Promise.resolve({
          cases: MEMORIES.flatMap((what) => [threadMemory(stage, what), processMemory(stage, what)]),
          close: idle,
        }),
    },
    {
      id: "restart",
      title: "Restarting an actor",
      question: "How long does an orderly restart take, until the next incarnation has answered?",
      unit: "ms",
      better: "less",
      ...few,
      open: (stage) =>
        withVictims(stage, (victim) => ({
          async round() {
            const start = performance.now()
            await stage.system.restart(victim)
            await victim.ask.ping()
            return performance.now() - start
          },
        })),
    },
    {
      id: "kill",
      title: "Killing what does not listen",
      question: "How long until an actor inside for(;;); is verified to be gone?",
      unit: "ms",
      better: "less",
      ...few,
      open: ({ system }) =>
        inBoth(async (placement) => {
          const victim = await system.spawn(BenchVictim, { placement })
          await victim.ask.spin()
          await delay(2 * TICK_MS)
          const start = performance.now()
          await system.kill(victim)
          return performance.now() - start
        }),
    },
    {
      id: "timers",
      title: "Timers while others work",
      question: `How late is a timer of ${String(TICK_MS)} ms here, in nine of ten cases, while work in bursts of ${String(BURST_MS)} ms is done inline, in a thread, in a process?`,
      unit: "ms late",
      better: "less",
      ...few,
      forMs: tickedMs,
      caseCount: 4,
      roundMs: tickedMs,
      open: async ({ system }) => {
        const workers = new Map<string, ActorRef<Member>>()
        for (const placement of ["inline", ...PLACEMENTS] as const)
          workers.set(placement, await system.spawn(Member, { placement }))
        return {
          cases: [
            { series: "no work", round: (forMs) => lateness(forMs, undefined) },
            ...[...workers].map(([series, worker]) => ({
              series: `work ${series}`,
              round: (forMs: number) => lateness(forMs, worker),
            })),
          ],
          async close() {
            for (const worker of workers.values()) await system.kill(worker).catch(() => undefined)
          },
        }
      },
    },
  ]
}

/** What is begun afresh in each round, in a thread and in a process. */
function inBoth(round: (placement: Placement) => Promise<number>): Promise<OpenWorkload> {
  return Promise.resolve({
    cases: PLACEMENTS.map((placement) => ({ series: placement, round: () => round(placement) })),
    close: idle,
  })
}

async function withVictims(
  { system }: Stage,
  make: (victim: ActorRef<BenchVictim>) => Pick<WorkloadCase, "round">,
): Promise<OpenWorkload> {
  const victims: { placement: Placement; ref: ActorRef<BenchVictim> }[] = []
  for (const placement of PLACEMENTS) victims.push({ placement, ref: await system.spawn(BenchVictim, { placement }) })
  return {
    cases: victims.map(({ placement, ref }) => ({ series: placement, ...make(ref) })),
    async close() {
      for (const { ref } of victims) await system.kill(ref).catch(() => undefined)
    },
  }
}

/** Nine of ten timers were no later than that: a round in which work comes in between has too few for ninety-nine of a hundred. */
async function lateness(forMs: number, worker: ActorRef<Member> | undefined): Promise<number> {
  let over = false
  const until = performance.now() + forMs
  const isOver = (): boolean => over
  const load = (async () => {
    if (worker === undefined) return
    while (!isOver()) await worker.ask.compute({ forMs: BURST_MS })
  })()
  const late: number[] = []
  while (performance.now() < until || late.length < LEAST_TIMERS) {
    const due = performance.now() + TICK_MS
    await delay(TICK_MS)
    late.push(Math.max(0, performance.now() - due))
  }
  over = true
  await load
  return (
    quantile(
      late.sort((a, b) => a - b),
      0.9,
    ) ?? Math.max(...late)
  )
}

const SEVERAL = 3
const MEMORIES = ["Pss", "Rss"] as const
type MemoryKind = (typeof MEMORIES)[number]

function memorySeries(place: string, what: MemoryKind): string {
  return what === "Pss" ? place : `${place}, as RSS`
}

/** What this process grows by, for each of several threads. */
function threadMemory({ system }: Stage, what: MemoryKind): WorkloadCase {
  return {
    series: memorySeries("thread", what),
    async round() {
      const before = memoryMiB(process.pid, what)
      const refs: ActorRef<BenchVictim>[] = []
      for (let i = 0; i < SEVERAL; i++) refs.push(await system.spawn(BenchVictim, { placement: "thread" }))
      for (const ref of refs) await ref.ask.ping()
      const grown = memoryMiB(process.pid, what) - before
      for (const ref of refs) await system.kill(ref)
      return Math.max(0, grown / SEVERAL)
    },
  }
}

function processMemory({ system }: Stage, what: MemoryKind): WorkloadCase {
  return {
    series: memorySeries("process", what),
    async round() {
      const ref = await system.spawn(BenchVictim, { placement: "process" })
      try {
        await ref.ask.ping()
        const row = (await system.ps()).find(({ id }) => id === ref.id)
        if (row === undefined) throw new Error("the actor is not listed")
        return memoryMiB(row.pid, what)
      } finally {
        await system.kill(ref)
      }
    },
  }
}

/** @throws {Error} where the system does not tell */
function memoryMiB(pid: number, what: MemoryKind): number {
  let text: string
  try {
    text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8")
  } catch {
    throw new Error("this system does not tell the memory of a process (/proc/PID/smaps_rollup)")
  }
  const [, kib] = new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(text) ?? []
  if (kib === undefined) throw new Error(`smaps_rollup has no ${what}`)
  return Number(kib) / 1024
}
