// Whether an actor that ended is to be started again (promise S4).

import { type ExitReason, isOrderly } from "../actor/exit-reason.js"
import type { SpawnOptions } from "../actor/spawn-options.js"

/** permanent: always; transient: only after an abnormal end; temporary: never. One that was to be ended when it hung: not after that. */
export function shouldRestart({ restart = "permanent", onUnresponsive }: SpawnOptions, reason: ExitReason): boolean {
  if (reason.type === "unresponsive" && onUnresponsive === "kill") return false
  switch (restart) {
    case "permanent":
      return true
    case "transient":
      return !isOrderly(reason)
    case "temporary":
      return false
  }
}
