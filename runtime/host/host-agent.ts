// HostAgent — what one host tells another, as opposed to what actors tell each other.
// Parts of the runtime register the requests they serve; an unknown one is answered with an error.
// J1  Whoever is on the bus can send a request: what it holds is read by its shape before anything is done with it.
// J2  Nothing that a request holds or does throws into whoever brought it.

import type { Delivery, ReplyTo, Target } from "../actor/delivery.js"
import { BadMessageError, NoHandlerError } from "../errors.js"
import type { ActorId, HostId } from "../ids.js"
import { Misfit, type Shape } from "../wire/shape.js"

type Serve = (input: unknown, reply: ReplyTo | undefined) => unknown

export class HostAgent implements Target {
  readonly id: ActorId
  readonly #served = new Map<string, Serve>()
  readonly #failed: (request: string, error: unknown) => void

  /** `failed` is told of each request that failed and had nobody to answer to. It must not throw. */
  constructor(host: HostId, failed: (request: string, error: unknown) => void) {
    this.id = `${host}:host` as ActorId
    this.#failed = failed
  }

  /** Serves a request whose input has a shape, until it is served by another function. What `serve` returns or throws is the answer. */
  serve<I>(request: string, input: Shape<I>, serve: (input: I, reply: ReplyTo | undefined) => unknown): void {
    this.#served.set(request, (given, reply) => serve(this.#read(request, input, given), reply))
  }

  accept(delivery: Delivery): void {
    void this.#answer(delivery)
  }

  #read<I>(request: string, shape: Shape<I>, given: unknown): I {
    try {
      return shape(given, "")
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      throw new BadMessageError(this.id, request, [{ path: error.path, message: error.message }])
    }
  }

  async #answer({ handler, input, reply }: Delivery): Promise<void> {
    try {
      const serve = this.#served.get(handler)
      if (serve === undefined) throw new NoHandlerError(this.id, handler.slice(0, 64), [...this.#served.keys()])
      // Without an await in between, requests of one sender begin in the order they came.
      const answer = serve(input, reply)
      const value: unknown = answer instanceof Promise ? await answer : answer
      reply?.answer(value)
    } catch (error) {
      if (reply === undefined) this.#failed(handler, error)
      else reply.fail(error)
    }
  }
}
