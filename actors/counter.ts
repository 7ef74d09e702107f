// counter — the smallest actor there is: some state, and handlers that change it.
// Without the schema of its input, `{"by":"x"}` would make text of the count.
// Each handler runs alone, so `#count` needs no lock. Only methods marked @handler can be called from outside.
//
//   npx troupe ask counter increment '{"by":2}'
//   npx troupe ask counter value

import { z } from "zod"
import { Actor, actor, handler } from "../runtime/index.js"

const Step = z.object({ by: z.number().optional() }).optional()

@actor({ kind: "counter", module: import.meta.url, description: "Counts; the smallest example" })
export class Counter extends Actor {
  #count = 0

  @handler({ input: Step })
  increment({ by = 1 }: { by?: number } = {}): number {
    return (this.#count += by)
  }

  @handler()
  value(): number {
    return this.#count
  }

  @handler()
  reset(): void {
    this.#count = 0
  }
}
