// What several workers do at once: update one value, read one state, compute, wait.

import type { Crew } from "./crew.js"
import type { Squad } from "./squad.js"
import type { Job } from "./squad-jobs.js"
import { WAIT_MS } from "./squad-jobs.js"
import { HALO_CELLS, haloSum } from "./halo-job.js"
import type { Plan } from "./plan.js"
import { type Teams, teamSizes } from "./teams.js"
import { type OpenWorkload, plannedWorkloadMs, type Workload, type WorkloadCase } from "./workload.js"

const PLACEMENTS = ["inline", "thread", "process"] as const
const idle = (): Promise<void> => Promise.resolve()

/** How many there are, and about how many series each has. */
const WORKLOADS = 6
const SERIES = 5

/** About what all of them take. */
export function plannedTeamMs(plan: Plan): number {
  return WORKLOADS * plannedWorkloadMs({ caseCount: SERIES * teamSizes().length }, plan)
}

/** @param teams opened before, closed by who opened them */
export function teamWorkloads(teams: Teams): readonly Workload[] {
  const { sizes, notes, threads, processes, crews } = teams
  const squads = [
    { place: "thread", squad: threads },
    { place: "process", squad: processes },
  ] as const
  const of = (cases: readonly WorkloadCase[], series: readonly string[]): OpenWorkload => ({
    cases,
    notes,
    missing: typeof processes === "string" ? series.map((name) => ({ series: name, why: processes })) : [],
    close: idle,
  })
  const shared = (how: string, job: Job, check: (work: { count: number; value: number }) => void): WorkloadCase[] =>
    squads.flatMap(({ place, squad }) =>
      typeof squad === "string" ? [] : sizes.map((x) => squadCase({ series: `${place} × ${how}`, x, squad, job, check })),
    )
  const sent = (how: string, what: "increment" | "read"): WorkloadCase[] =>
    PLACEMENTS.flatMap((place) => sizes.map((x) => crewCase({ series: `${place} × ${how}`, x, crew: crews[place], what })))
  const exact = ({ count, value }: { count: number; value: number }): void => {
    if ((count | 0) !== value) throw new Error(`${String(count)} updates were made and the value is ${String(value)}`)
  }
  const free = (): void => undefined
  return [
    {
      id: "contended",
      title: "Several update one value",
      question:
        "How many updates a second, by how many at once: in shared memory by an atomic operation or under a lock, or as messages to the value's owner?",
      unit: "updates per second",
      better: "more",
      axis: "updating at once",
      open: () =>
        Promise.resolve(
          of(
            [
              ...shared("atomic", "atomic", exact),
              ...shared("lock", "lock", exact),
              ...sent("messages to an owner", "increment"),
            ],
            ["process × atomic", "process × lock"],
          ),
        ),
    },
    {
      id: "readers",
      title: "Many read one state",
      question:
        "How many reads of a state of 64 bytes that one more keeps changing: snapshots under a seqlock, or asks of its owner?",
      unit: "reads per second",
      better: "more",
      axis: "reading at once",
      open: () =>
        Promise.resolve(
          of(
            [
              ...squads.flatMap(({ place, squad }) =>
                typeof squad === "string"
                  ? []
                  : sizes.map((x) => squadCase({ series: `${place} × seqlock`, x, squad, job: "read", check: free, extra: 1 })),
              ),
              ...sent("asks of the owner", "read"),
            ],
            ["process × seqlock"],
          ),
        ),
    },
    {
      id: "cpu-scaling",
      title: "Work for the processor",
      question: "How much arithmetic gets done a second by how many workers? A line that rises with the workers uses the cores.",
      unit: "pieces of work per second",
      better: "more",
      axis: "workers",
      open: () => Promise.resolve({ cases: placed(teams, "compute"), notes, close: idle }),
    },
    {
      id: "io-scaling",
      title: "Work that waits",
      question: `How many waits of ${String(WAIT_MS)} ms, as for a disk or a server, end in a second with how many workers?`,
      unit: "waits per second",
      better: "more",
      axis: "workers",
      open: () => Promise.resolve({ cases: placed(teams, "wait"), close: idle }),
    },
    haloWorkload(teams),
    {
      id: "lost-updates",
      title: "Updates that are lost without a lock",
      question: `${String(Math.max(...sizes))} workers add to one value in shared memory, with nothing to keep them apart: how many of a hundred updates are lost?`,
      unit: "% lost",
      better: "less",
      open: () =>
        Promise.resolve(
          of(
            squads.flatMap(({ place, squad }) =>
              typeof squad === "string" ? [] : [lossCase(`${place} × shared memory`, squad, Math.max(...sizes))],
            ),
            ["process × shared memory"],
          ),
        ),
    },
  ]
}

/** Chunks in a ring: each step needs the edge of both neighbours' step before. */
function haloWorkload({ sizes, notes, threads, processes, crews }: Teams): Workload {
  const squads = typeof processes === "string" ? { thread: threads } : { thread: threads, process: processes }
  const series = (place: string, how: string): string => `${place} × ${how}`
  const shared = Object.entries(squads).flatMap(([place, squad]) =>
    sizes.map((x): WorkloadCase => ({
      series: series(place, "shared memory"),
      x,
      async round(forMs) {
        const { count, value, ms } = await squad.run("halo", x, forMs)
        return stepsPerSecond({ members: x, steps: count / x, sum: value, ms })
      },
    })),
  )
  const sent = PLACEMENTS.flatMap((place) =>
    sizes.map((x): WorkloadCase => ({
      series: series(place, "messages"),
      x,
      round: async (forMs) => stepsPerSecond({ members: x, ...(await crews[place].halo(x, forMs)) }),
    })),
  )
  return {
    id: "halo",
    title: "Halo exchange",
    question: `How many steps a second, when each worker has ${HALO_CELLS.toLocaleString("en-US")} cells and needs an edge of both its neighbours' for every step? One worker exchanges nothing; what the line falls by is what the exchange costs.`,
    unit: "steps per second",
    better: "more",
    axis: "workers",
    open: () =>
      Promise.resolve({
        cases: [...shared, ...sent],
        notes,
        missing: typeof processes === "string" ? [{ series: series("process", "shared memory"), why: processes }] : [],
        close: idle,
      }),
  }
}

/** @throws {Error} when a cell is not what it would be if nobody had ever seen an edge of another step */
function stepsPerSecond(done: {
  readonly members: number
  readonly steps: number
  readonly sum: number
  readonly ms: number
}): number {
  const { members, steps, sum, ms } = done
  if (sum !== haloSum(members, steps))
    throw new Error(`after ${String(steps)} steps the cells are not what they should be: an edge was lost or of another step`)
  return (steps / ms) * 1000
}

function squadCase({
  series,
  x,
  squad,
  job,
  check,
  extra = 0,
}: {
  readonly series: string
  readonly x: number
  readonly squad: Squad
  readonly job: Job
  readonly check: (work: { count: number; value: number }) => void
  /** Members that take part and do not count. */
  readonly extra?: number
}): WorkloadCase {
  return {
    series,
    x,
    async round(forMs) {
      const done = await squad.run(job, x + extra, forMs)
      check(done)
      return (done.count / done.ms) * 1000
    },
  }
}

function lossCase(series: string, squad: Squad, members: number): WorkloadCase {
  return {
    series,
    async round(forMs) {
      const { count, value } = await squad.run("none", members, forMs)
      return Math.max(0, (1 - value / count) * 100)
    },
  }
}

function crewCase({
  series,
  x,
  crew,
  what,
}: {
  readonly series: string
  readonly x: number
  readonly crew: Crew
  readonly what: "compute" | "wait" | "increment" | "read"
}): WorkloadCase {
  return {
    series,
    x,
    async round(forMs) {
      const before = what === "increment" ? await crew.owner.ask.value() : 0
      const { count, ms } = await crew.run(what, x, forMs)
      const after = what === "increment" ? await crew.owner.ask.value() : count
      if (after - before !== count)
        throw new Error(`${String(count)} updates were asked for and ${String(after - before)} were made`)
      return (count / ms) * 1000
    },
  }
}

function placed({ sizes, crews }: Teams, what: "compute" | "wait"): WorkloadCase[] {
  return (["inline", "thread", "process"] as const).flatMap((place) =>
    sizes.map((x) => crewCase({ series: place, x, crew: crews[place], what })),
  )
}
