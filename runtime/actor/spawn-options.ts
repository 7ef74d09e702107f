// SpawnOptions — how one actor is to be run.

import { BadOptionError } from "../errors.js"
import { actorName, millis } from "../ids.js"
import { type MailboxOptions, mailboxOptions } from "./mailbox-options.js"
import type { Placement } from "./surroundings.js"

/** When an actor that ended is started again: always, only after an abnormal end, never (promise S4). */
export type Restart = "permanent" | "transient" | "temporary"

export interface SpawnOptions {
  /** Unique per prefix on the bus. @default none: the actor is reachable by its ref only */
  readonly name?: string
  /** @default "inline" */
  readonly placement?: Placement
  /** Handed to `onStart`, to `context.args` and to whoever injects ARGS. Data. @default undefined */
  readonly args?: unknown
  /** @default "permanent" */
  readonly restart?: Restart
  /** @default the class's, else 1,000 and "reject" */
  readonly mailbox?: Partial<MailboxOptions>
  /** Within how many milliseconds it has to be ready. @default 10000 */
  readonly startTimeoutMs?: number
  /** What it may take to stop before it is killed, in milliseconds. @default 5000 */
  readonly shutdownMs?: number
  /**
   * How much its heap may hold, in MiB (V8's old generation), 32 or more; threads and processes only. An actor that needs more ends as
   * `out-of-memory`. A process ends alone, whatever filled its heap. A thread ends alone when its heap fills bit by bit; one single
   * allocation far above the limit is beyond what V8 can undo, and ends the whole program.
   * @default Node.js's own limit
   */
  readonly memoryMb?: number
}

/** Less does not hold the runtime itself. */
const LEAST_MEMORY_MB = 32

const PLACEMENTS: readonly unknown[] = ["inline", "thread", "process"]
const RESTARTS: readonly unknown[] = ["permanent", "transient", "temporary"]
const KNOWN: readonly string[] = ["name", "placement", "args", "restart", "mailbox", "startTimeoutMs", "shutdownMs", "memoryMb"]

/** @throws {BadOptionError} or BadNameError naming the first field that is wrong. */
export function checkSpawnOptions(options: SpawnOptions): void {
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) throw new BadOptionError(`spawn option ${key}`, `one of ${KNOWN.join(", ")}`, key)
  }
  if (options.name !== undefined) actorName(options.name)
  if (options.placement !== undefined && !PLACEMENTS.includes(options.placement)) {
    throw new BadOptionError("placement", PLACEMENTS.join(" | "), options.placement)
  }
  if (options.restart !== undefined && !RESTARTS.includes(options.restart)) {
    throw new BadOptionError("restart", RESTARTS.join(" | "), options.restart)
  }
  if (options.mailbox !== undefined) mailboxOptions(options.mailbox)
  if (options.startTimeoutMs !== undefined) millis(options.startTimeoutMs, "startTimeoutMs")
  if (options.shutdownMs !== undefined) millis(options.shutdownMs, "shutdownMs")
  if (options.memoryMb !== undefined) checkMemory(options.memoryMb, options.placement)
}

function checkMemory(memoryMb: number, placement: Placement = "inline"): void {
  if (!Number.isSafeInteger(memoryMb) || memoryMb < LEAST_MEMORY_MB)
    throw new BadOptionError("memoryMb", `an integer of MiB, ${String(LEAST_MEMORY_MB)} or more`, memoryMb)
  if (placement === "inline")
    throw new BadOptionError(
      "memoryMb",
      'the placement "thread" or "process" with it: an inline actor has no heap of its own',
      placement,
    )
}
