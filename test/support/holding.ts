// An actor that is kept busy by a message for as long as a test wants.

import { randomUUID } from "node:crypto"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import type { Probe } from "../fixtures/probe.js"
import { outcomeOf } from "./outcome.js"

export interface Holding {
  readonly id: string
  /** What became of the ask that holds it. */
  readonly outcome: Promise<string>
  /** Lets the handler go on; its caller has given up then. */
  release(): void
}

/** Has a probe hold; resolves when its handler is at work. */
export async function hold(system: ActorSystem, probe: ActorRef<Probe>, timeoutMs = 30_000): Promise<Holding> {
  const id = randomUUID()
  const caller = new AbortController()
  let stopListening: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    stopListening = system.subscribe("probe.holding", (_, data) => {
      if (data === id) resolve()
    })
  })
  const outcome = outcomeOf(probe.with({ signal: caller.signal, timeoutMs }).ask.hold(id))
  await begun
  stopListening()
  return { id, outcome, release: () => caller.abort() }
}
