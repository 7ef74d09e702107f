// HostAgent — what one host tells another, as opposed to what actors tell each other.
// Parts of the runtime register the requests they serve; an unknown one is answered with an error.

import type { Delivery, Target } from "../actor/delivery.js"
import { NoHandlerError } from "../errors.js"
import type { ActorId, HostId } from "../ids.js"

type Serve = (input: unknown) => unknown

export class HostAgent implements Target {
  readonly id: ActorId
  readonly #served = new Map<string, Serve>()
  readonly #failed: (request: string, error: unknown) => void

  constructor(host: HostId, failed: (request: string, error: unknown) => void) {
    this.id = `${host}:host` as ActorId
    this.#failed = failed
  }

  /** Serves a request, until it is served by another function. What `serve` returns or throws is the answer. */
  // Hosts of one program run the same code, so what a request holds is known by its name.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  serve<I>(request: string, serve: (input: I) => unknown): void {
    this.#served.set(request, serve as Serve)
  }

  accept(delivery: Delivery): void {
    void this.#answer(delivery)
  }

  async #answer({ handler, input, reply }: Delivery): Promise<void> {
    try {
      const serve = this.#served.get(handler)
      if (serve === undefined) throw new NoHandlerError(this.id, handler, [...this.#served.keys()])
      // Without an await in between, requests of one sender begin in the order they came.
      const answer = serve(input)
      const value: unknown = answer instanceof Promise ? await answer : answer
      reply?.answer(value)
    } catch (error) {
      if (reply === undefined) this.#failed(handler, error)
      else reply.fail(error)
    }
  }
}
