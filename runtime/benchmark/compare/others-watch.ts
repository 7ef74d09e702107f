// OthersWatch — what others take of the machine while nothing of ours runs. Looked at before, between and after what is measured.

import { cpus } from "node:os"
import { setTimeout as delay } from "node:timers/promises"

/** Above this share of all cores, others disturb what is measured. */
const DISTURBING = 0.15

export interface Others {
  readonly before: number
  readonly during: number[]
  readonly after: number
  readonly quiet: boolean
  readonly words: string
}

interface Ticks {
  readonly busy: number
  readonly all: number
}

export class OthersWatch {
  readonly #shares: number[] = []

  /** Looks for a while. */
  async look(forMs: number): Promise<number> {
    const before = ticks()
    await delay(forMs)
    const share = shareBetween(before, ticks())
    this.#shares.push(share)
    return share
  }

  /** What was seen: the first look is the one before, the last one the one after. */
  seen(cores: number): Others {
    const [before = 0, ...rest] = this.#shares
    const after = rest.at(-1) ?? before
    const during = rest.slice(0, -1)
    const most = Math.max(before, after, ...during)
    const quiet = most <= DISTURBING
    const words = quiet
      ? `others took ${percent(most)} of ${String(cores)} cores at most`
      : `NOT QUIET: others took up to ${percent(most)} of ${String(cores)} cores (before: ${percent(before)}, after: ${percent(after)}); figures are larger and spread wider than on a machine at rest`
    return { before, during, after, quiet, words }
  }
}

function shareBetween(before: Ticks, after: Ticks): number {
  const all = after.all - before.all
  return all <= 0 ? 0 : (after.busy - before.busy) / all
}

function ticks(): Ticks {
  let busy = 0
  let all = 0
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times
    busy += user + nice + sys + irq
    all += user + nice + sys + irq + idle
  }
  return { busy, all }
}

function percent(share: number): string {
  return `${String(Math.round(share * 100))} %`
}
