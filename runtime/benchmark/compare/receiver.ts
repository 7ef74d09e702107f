// The actor that takes payloads in: it looks at them as far as it was asked to, and answers with the receipt.

import { Actor } from "../../actor/actor.js"
import { actor, handler } from "../../actor/definition.js"
import { copiedThere } from "./copy-counter.js"
import { threadCpuNs } from "./cpu-clock.js"
import { type Load, receiptOf } from "./parcel.js"

@actor({ kind: "compare-receiver", module: import.meta.url })
export class Receiver extends Actor {
  @handler()
  take(load: Load): number {
    return receiptOf(load)
  }

  /** Processor time of the thread it runs in. */
  @handler()
  cpu(): number | undefined {
    return threadCpuNs()
  }

  /** Bytes copied there so far. */
  @handler()
  copied(): number | undefined {
    return copiedThere()
  }
}
