// Pending — requests under way over a channel that only carries messages, by number.

import { NotMeasured } from "./carrier.js"

export class Pending<T> {
  readonly #waiting = new Map<number, { readonly resolve: (answer: T) => void; readonly reject: (error: Error) => void }>()
  #last = 0
  #lost: Error | undefined

  /** @param send is given the number that the answer has to carry */
  ask(send: (id: number) => void): Promise<T> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      send(id)
    })
  }

  settle(id: number, answer: T): void {
    this.#waiting.get(id)?.resolve(answer)
    this.#waiting.delete(id)
  }

  /** The other side is gone; whoever waits is told. */
  lose(why: string): void {
    this.#lost = new NotMeasured(why)
    for (const { reject } of this.#waiting.values()) reject(this.#lost)
    this.#waiting.clear()
  }
}
