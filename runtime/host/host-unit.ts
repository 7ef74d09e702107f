// HostUnit — one thread or one process, from its launch to its verified end. Implementations: thread-host, process-host.
// Each launch is a unit of its own, so that what a former one still says can never be taken for the next one's.

import type { ExitReason } from "../actor/exit-reason.js"
import type { LedgerView } from "../actor/ledger.js"
import type { Placement } from "../actor/surroundings.js"
import type { HostId } from "../ids.js"
import type { RingTransport } from "../transport/ring-transport.js"
import type { Heir } from "./estate.js"
import type { HostSpec } from "./actor-host.js"
import type { Pulse } from "./pulse.js"

export interface HostUnit extends Pulse {
  /** 0 until it is known. */
  readonly pid: number
  readonly threadId: number
  /** The way to it while it runs; undefined when the router's own way is meant. */
  readonly transport: RingTransport | undefined
  /** Where a thread writes what it has settled; undefined for a process. */
  readonly intake?: Uint8Array
  /** What its ledger says, also once it is gone. */
  ledger(): LedgerView
  /** Ends it from outside, at once or as soon as there is something to end. May be called again, and harder. */
  terminate(how: "firm" | "hard"): void
  /** Its actor has ended: it exits by itself, or is ended. */
  finish(): void
}

/** Whose host it is. */
export interface Launched {
  readonly host: HostId
  readonly name: string
  readonly spec: HostSpec
  /** Which life of the host this is, from 1. */
  readonly incarnation: number
  /** The process that runs it already and is to be taken over, if there is one. */
  readonly heir?: Heir | undefined
}

/** How a unit ended. */
export interface UnitEnd {
  /** What is known of why. */
  readonly observed: ExitReason
  /** What kept it from being launched, if that was it. */
  readonly failure?: unknown
}

/** Told by a unit. Neither is called before `launch` has returned. */
export interface UnitListener {
  /** It runs, which is before its actor is ready. */
  readonly running: () => void
  /** Nothing of it is left. Called exactly once, and last. */
  readonly gone: (end: UnitEnd) => void
}

export interface Launcher {
  readonly placement: Placement
  /** Starts a thread or process. @throws {Error} when that fails at once; `gone` is not called then. */
  launch(of: Launched, listener: UnitListener): HostUnit
}
