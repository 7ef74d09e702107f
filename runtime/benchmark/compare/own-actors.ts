// OwnActors — the user's own handler, in an actor for each placement, and what is wrong with it before it is measured.
// O1  Nothing is asked inline that has not answered in a thread and lived on: a handler that never lets go of its event loop would hold up
//     this program, and one that ends its process would end it.

import { setTimeout as delay } from "node:timers/promises"
import type { ActorRef } from "../../actor/actor-ref.js"
import { describeExit } from "../../actor/exit-reason.js"
import type { Placement } from "../../actor/surroundings.js"
import { NoHandlerError } from "../../errors.js"
import type { ActorSystem } from "../../system/actor-system.js"
import type { Stage } from "./stage.js"

/** Which handler, and with what. */
export interface HandlerCall {
  readonly kind: string
  readonly handler: string
  /** JSON that was decoded. */
  readonly input: unknown
  /** Where the project's actors are. */
  readonly actorsDir: string
  /** What they need to be made. */
  readonly providers: string | undefined
}

export const PLACEMENTS = ["inline", "thread", "process"] as const
/** How long an answer may take. */
export const ANSWER_MS = 10_000
/** How long an actor must live on after its first answer: what it has begun may end it. */
const LIVE_ON_MS = 250

/** Asks once. The signal gives the ask up. */
export type Ask = (signal?: AbortSignal) => Promise<unknown>

/** Finds the handler. @throws {NoKindError} or {@link NoHandlerError} when there is none */
export async function findHandler({ system }: Stage, { kind, handler, actorsDir }: HandlerCall): Promise<void> {
  await system.kinds.addFolder(actorsDir)
  const { handlers } = system.kinds.get(kind)
  if (!handlers.has(handler)) throw new NoHandlerError(kind, handler, [...handlers.keys()])
}

export class OwnActors implements AsyncDisposable {
  /** How to ask each that has answered once. */
  readonly asks: ReadonlyMap<Placement, Ask>
  /** What the others said. */
  readonly missing: ReadonlyMap<Placement, string>
  readonly #close: () => Promise<void>

  private constructor(parts: Pick<OwnActors, "asks" | "missing">, close: () => Promise<void>) {
    this.asks = parts.asks
    this.missing = parts.missing
    this.#close = close
  }

  /** @param answerMs how long an answer may take, in milliseconds */
  static async open(system: ActorSystem, call: HandlerCall, answerMs: number): Promise<OwnActors> {
    const refs: ActorRef[] = []
    const asks = new Map<Placement, Ask>()
    const missing = new Map<Placement, string>()
    const tryOne = async (placement: Placement): Promise<void> => {
      try {
        const ref = await system.spawnKind(call.kind, { placement })
        refs.push(ref)
        const ask = askOf(ref, call, answerMs)
        await ask()
        if (placement !== "inline") await livesOn(system, ref)
        asks.set(placement, ask)
      } catch (error) {
        missing.set(placement, error instanceof Error ? error.message : String(error))
      }
    }
    await Promise.all([tryOne("thread"), tryOne("process")])
    const why = missing.get("thread")
    if (why === undefined) await tryOne("inline")
    else missing.set("inline", `it is not asked here, as in a thread it was not measured either: ${why}`)
    return new OwnActors({ asks, missing }, async () => {
      for (const ref of refs) await system.kill(ref).catch(() => undefined)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

/** @throws {Error} when the actor has ended since it answered */
async function livesOn(system: ActorSystem, ref: ActorRef): Promise<void> {
  await delay(LIVE_ON_MS)
  const row = (await system.ps()).find(({ id }) => id === ref.id)
  if (row === undefined || row.restarts > 0 || row.lastExit !== undefined)
    throw new Error(`it ended after it had answered: ${row?.lastExit === undefined ? "it is gone" : describeExit(row.lastExit)}`)
}

function askOf(ref: ActorRef, { handler, input }: HandlerCall, timeoutMs: number): Ask {
  type Client = Readonly<Record<string, (input: unknown) => Promise<unknown>>>
  const client = ref.with({ timeoutMs }).ask as Client
  return async (signal) =>
    signal === undefined ? client[handler]?.(input) : (ref.with({ timeoutMs, signal }).ask as Client)[handler]?.(input)
}
