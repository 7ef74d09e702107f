// The death ladder: ever stronger means to end an actor, each with a deadline (promise A4).

import type { ExitReason } from "../actor/exit-reason.js"
import type { HostedActor } from "../host/actor-host.js"
import { LongTimer } from "../time/long-timer.js"

export type Rung = "drain" | "stop" | "cancel" | "kill" | "sigkill"

/** How long each rung is waited for, in milliseconds. */
export interface LadderBudgets {
  /** @default 5000 */
  readonly drainMs: number
  /** @default 5000 */
  readonly stopMs: number
  /** @default 1000 */
  readonly cancelMs: number
  /** @default 2000 */
  readonly killMs: number
}

/** How an actor came to its end. */
export interface Ending {
  /** The rung that worked; `none` when it had ended already. */
  readonly rung: Rung | "none"
  /** From the first rung to the verified end, in milliseconds. */
  readonly tookMs: number
  readonly reason: ExitReason
}

const RUNGS: readonly Rung[] = ["drain", "stop", "cancel", "kill", "sigkill"]

/** Climbs from one rung until the actor has ended. Rejects when even the last did not end it. */
export async function endBy(
  from: Rung,
  actor: HostedActor,
  how: {
    readonly ended: Promise<ExitReason>
    /** Why it has ended, once it has. */
    readonly exit: () => ExitReason | undefined
    readonly budgets: LadderBudgets
    readonly firstMs?: number | undefined
    /** Whether messages are still accepted, for the next life. @default "final" */
    readonly next?: "final" | "restarting"
  },
): Promise<Ending> {
  const { ended, exit, budgets, firstMs, next = "final" } = how
  const start = performance.now()
  for (const rung of RUNGS.slice(RUNGS.indexOf(from))) {
    take(rung, actor, next)
    // An actor that has nothing to do ends in its next turn: no timer is needed for it.
    await Promise.resolve()
    const reason = exit() ?? (await within(ended, (rung === from ? firstMs : undefined) ?? budgetOf(rung, budgets)))
    if (reason !== undefined) return { rung, tookMs: performance.now() - start, reason }
  }
  throw new Error(`${actor.id} has not ended after every rung of the death ladder`)
}

function take(rung: Rung, actor: HostedActor, next: "final" | "restarting"): void {
  switch (rung) {
    case "drain":
      return actor.drain()
    case "stop":
      return actor.stop({ type: "shutdown", known: "requested" }, next)
    case "cancel":
      return actor.cancel()
    case "kill":
      return actor.kill()
    case "sigkill":
      return actor.forceKill()
  }
}

function budgetOf(rung: Rung, budgets: LadderBudgets): number {
  switch (rung) {
    case "drain":
      return budgets.drainMs
    case "stop":
      return budgets.stopMs
    case "cancel":
      return budgets.cancelMs
    case "kill":
      return budgets.killMs
    case "sigkill":
      return 10_000
  }
}

async function within(ended: Promise<ExitReason>, ms: number): Promise<ExitReason | undefined> {
  if (ms === Infinity) return ended
  let timer: LongTimer | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = new LongTimer(ms, () => resolve(undefined))
  })
  try {
    return await Promise.race([ended, late])
  } finally {
    timer?.cancel()
  }
}
