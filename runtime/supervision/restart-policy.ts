// Whether an actor that ended is to be started again (promise S4).

import { type ExitReason, isOrderly } from "../actor/exit-reason.js"
import type { Restart } from "../actor/spawn-options.js"

/** permanent: always; transient: only after an abnormal end; temporary: never. */
export function shouldRestart(restart: Restart, reason: ExitReason): boolean {
  switch (restart) {
    case "permanent":
      return true
    case "transient":
      return !isOrderly(reason)
    case "temporary":
      return false
  }
}
