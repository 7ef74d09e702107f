// MailboxOptions — how many messages may wait for an actor, and what becomes of one too many (promise M5).

import { BadOptionError } from "../errors.js"

/** What becomes of a message that finds the mailbox full. */
export type OverflowPolicy = "reject" | "wait" | "drop-oldest" | "drop-newest"

export interface MailboxOptions {
  /** How many user messages may wait. @default 1000 */
  readonly capacity: number
  /**
   * What becomes of one too many. `reject`: an ask fails, a tell is dropped and counted. `wait`: it waits outside, within its
   * deadline, up to ten times the capacity. `drop-oldest` and `drop-newest` make room at either end.
   * @default "reject"
   */
  readonly overflow: OverflowPolicy
}

const FIELDS: readonly string[] = ["capacity", "overflow"]
const POLICIES: readonly OverflowPolicy[] = ["reject", "wait", "drop-oldest", "drop-newest"]

/** @throws {BadOptionError} for an unknown field, a capacity that is no positive integer or an unknown policy; `at` is where they stand. */
export function mailboxOptions(given: Partial<MailboxOptions>, at = "mailbox"): MailboxOptions {
  for (const key of Object.keys(given))
    if (!FIELDS.includes(key)) throw new BadOptionError(`${at}.${key}`, `one of ${FIELDS.join(", ")}`, key)
  const capacity = given.capacity ?? 1000
  const overflow = given.overflow ?? "reject"
  if (!Number.isSafeInteger(capacity) || capacity < 1)
    throw new BadOptionError(`${at}.capacity`, "an integer, 1 or more", capacity)
  if (!POLICIES.includes(overflow)) throw new BadOptionError(`${at}.overflow`, POLICIES.join(" | "), overflow)
  return { capacity, overflow }
}
