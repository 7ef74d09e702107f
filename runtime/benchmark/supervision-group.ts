// Supervision: how soon a death is known, how soon the next incarnation serves, how soon a kill is verified, and what many children
// cost. A process is killed with SIGKILL from here, a thread by its own handle, behind its supervisor's back.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Worker } from "node:worker_threads"
import type { ActorRef } from "../actor/actor-ref.js"
import type { Placement } from "../actor/surroundings.js"
import { supervisorSpec } from "../supervision/child-spec.js"
import { Supervisor } from "../supervision/supervisor.js"
import { ActorSystem } from "../system/actor-system.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { BenchVictim } from "./bench-victim.js"

/** Deaths per round and placement. */
const DEATHS = 10
const CHILDREN = 1000
const AT_ONCE = { backoff: { minMs: 0, maxMs: 0 }, intensity: { maxRestarts: 1_000_000 } }
const PLACEMENTS = ["thread", "process"] as const

export async function supervisionGroup(): Promise<BenchGroup> {
  const stateDir = await mkdtemp(join(tmpdir(), "troupe-bench-"))
  // A pm2 of the bench's own: its socket's path must stay short.
  process.env["PM2_HOME"] = join(stateDir, "pm2")
  const workers = new Map<number, Worker>()
  const keep = (worker: Worker): void => {
    const { threadId } = worker
    workers.set(threadId, worker)
    worker.once("exit", () => workers.delete(threadId))
  }
  process.on("worker", keep)
  const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "bench", logLevel: "silent" })
  const strike = async (ref: ActorRef): Promise<void> => {
    const row = (await system.ps()).find(({ id }) => id === ref.id)
    if (row === undefined) throw new Error(`${ref.name} is not listed`)
    if (row.placement === "process") process.kill(row.pid, "SIGKILL")
    else void workers.get(row.threadId)?.terminate()
  }
  const cases = PLACEMENTS.flatMap((placement) => deaths(system, placement, strike))
  return {
    question: "How soon is a death known, a life begun anew, a kill verified; and what do a thousand children cost?",
    baseline: undefined,
    warmUps: 1,
    aims: [
      ...PLACEMENTS.map((placement) => ({ case: `${placement}: death known`, atMost: 20, of: "absolute" as const })),
      { case: "thread: crash to first answer", atMost: 80, of: "absolute" },
      { case: "process: crash to first answer", atMost: 250, of: "absolute" },
      { case: "thread: kill of for(;;); verified", atMost: 20, of: "absolute" },
      { case: "process: kill of for(;;); verified", atMost: 100, of: "absolute" },
      { case: "1,000 inline children started", atMost: 50, of: "absolute" },
      { case: "1,000 inline children stopped", atMost: 50, of: "absolute" },
    ],
    cases: [...cases, ...manyChildren(system)],
    async end() {
      process.off("worker", keep)
      await system.shutdown()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

function deaths(system: ActorSystem, placement: Placement, strike: (ref: ActorRef) => Promise<void>): BenchCase[] {
  const sampled = async (measure: (victim: ActorRef<BenchVictim>) => Promise<number>): Promise<number[]> => {
    const samples: number[] = []
    for (let i = 0; i < DEATHS; i++) {
      const victim = await system.spawn(BenchVictim, { name: `victim-${placement}`, placement, ...AT_ONCE })
      await victim.ask.ping()
      samples.push(await measure(victim))
      await system.kill(victim).catch(() => undefined)
    }
    return samples
  }
  const known = (ref: ActorRef): Promise<number> =>
    new Promise((resolve) => {
      const stop = system.subscribe(`actor.${ref.name}.*`, (topic) => {
        if (!topic.endsWith(".crashed") && !topic.endsWith(".killed")) return
        stop()
        resolve(performance.now())
      })
    })
  return [
    {
      name: `${placement}: death known`,
      unit: "ms",
      round: () =>
        sampled(async (victim) => {
          const told = known(victim)
          await strike(victim)
          const start = performance.now()
          return (await told) - start
        }),
    },
    {
      name: `${placement}: crash to first answer`,
      unit: "ms",
      round: () =>
        sampled(async (victim) => {
          const start = performance.now()
          await victim.ask.crash().catch(() => undefined)
          for (;;) {
            const answer = await victim.ask.ping().catch(() => false)
            if (answer) return performance.now() - start
          }
        }),
    },
    {
      name: `${placement}: kill of for(;;); verified`,
      unit: "ms",
      round: () =>
        sampled(async (victim) => {
          await victim.ask.spin()
          const start = performance.now()
          await system.kill(victim)
          return performance.now() - start
        }),
    },
  ]
}

function manyChildren(system: ActorSystem): BenchCase[] {
  const children = Array.from({ length: CHILDREN }, (_, i) => ({ id: `c${String(i)}`, actor: BenchVictim }))
  const args = supervisorSpec({ children })
  let stopMs = 0
  return [
    {
      name: "1,000 inline children started",
      unit: "ms",
      async round() {
        const start = performance.now()
        const group = await system.spawn(Supervisor, { args })
        const startMs = performance.now() - start
        const { running } = await group.ask.countChildren()
        if (running !== CHILDREN) throw new Error(`${String(running)} children run, not ${String(CHILDREN)}`)
        stopMs = (await system.stop(group)).tookMs
        return [startMs]
      },
    },
    { name: "1,000 inline children stopped", unit: "ms", round: () => Promise.resolve([stopMs]) },
  ]
}
