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
}

const PLACEMENTS: readonly unknown[] = ["inline", "thread", "process"]
const RESTARTS: readonly unknown[] = ["permanent", "transient", "temporary"]
const KNOWN: readonly string[] = ["name", "placement", "args", "restart", "mailbox", "startTimeoutMs", "shutdownMs"]

/** @throws {BadOptionError} or BadNameError naming the first field that is wrong. */
export function checkSpawnOptions(options: SpawnOptions): void {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null)
    throw new BadOptionError("spawn options", "an object", options)
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
}
