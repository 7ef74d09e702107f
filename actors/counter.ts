// counter — the smallest actor there is: some state, and handlers that change it.
// Each handler runs alone, so `#count` needs no lock. Only methods marked @handler can be called from outside.
//
//   npx troupe ask counter increment '{"by":2}'
//   npx troupe ask counter value

import { Actor, actor, handler } from "../runtime/index.js"

@actor({ kind: "counter", module: import.meta.url, description: "Counts; the smallest example" })
export class Counter extends Actor {
  #count = 0

  @handler()
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
