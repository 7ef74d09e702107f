// Teams — the squads and crews that several workloads use: opened once, closed together.

import { availableParallelism } from "node:os"
import { Crew } from "./crew.js"
import { Squad } from "./squad.js"
import type { Stage } from "./stage.js"

/** More do not fit on a page, nor on most machines. */
const MOST = 8

export interface Teams extends AsyncDisposable {
  /** How many work at once, from one to as many as there are cores, doubling. */
  readonly sizes: readonly number[]
  readonly notes: readonly string[]
  readonly threads: Squad
  /** Or why there is none. */
  readonly processes: Squad | string
  readonly crews: Readonly<Record<"inline" | "thread" | "process", Crew>>
}

/** From one to as many as there are cores, doubling. */
export function teamSizes(cores = availableParallelism()): number[] {
  const most = Math.min(MOST, Math.max(2, cores))
  const sizes = [1]
  while ((sizes.at(-1) ?? most) * 2 < most) sizes.push((sizes.at(-1) ?? 1) * 2)
  return [...sizes, most]
}

export async function openTeams({ system }: Stage): Promise<Teams> {
  const cores = availableParallelism()
  const sizes = teamSizes(cores)
  const most = Math.max(...sizes)
  const closers: (() => Promise<void>)[] = []
  const kept = <T extends { close(): Promise<void> }>(team: T): T => {
    closers.push(() => team.close())
    return team
  }
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0)) await one()
  }
  try {
    // Where some read, one more writes.
    const threads = kept(await Squad.threads(most + 1))
    const processes = await Squad.processes(most + 1).then(kept, (error: unknown) =>
      error instanceof Error ? error.message : String(error),
    )
    const crews = {
      inline: kept(await Crew.open(system, "inline", most + 1)),
      thread: kept(await Crew.open(system, "thread", most + 1)),
      process: kept(await Crew.open(system, "process", most + 1)),
    }
    return {
      sizes,
      notes: cores < 4 ? [`${String(cores)} cores are too few for a curve: this shows its beginning`] : [],
      threads,
      processes,
      crews,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
