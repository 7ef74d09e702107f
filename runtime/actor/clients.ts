// AskClient, TellClient — the callers' side of an actor class, inferred from it. No client is written by hand.

import type { Actor } from "./actor.js"
import type { ActorDefinition } from "./definition.js"

/** The methods of an actor that may be handlers: the public ones that are not hooks. */
export type HandlerName<A> = {
  [K in keyof A]: A[K] extends (...input: never[]) => unknown ? K : never
}[Exclude<keyof A, keyof Actor>] &
  string

type Input<F> = F extends (...input: infer I) => unknown ? I : never
type Output<F> = F extends (...input: never[]) => infer O ? Awaited<O> : never

/** Each handler as a function that resolves with its answer. */
export type AskClient<A> = { readonly [K in HandlerName<A>]: (...input: Input<A[K]>) => Promise<Output<A[K]>> }

/** Each handler as a function that returns at once. */
export type TellClient<A> = { readonly [K in HandlerName<A>]: (...input: Input<A[K]>) => void }

/** What a client calls: one handler by name with one input. */
export type Call = (handler: string, input: unknown) => unknown

class Client {
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  static call(client: Client, handler: string, input: unknown): unknown {
    return client.#call(handler, input)
  }
}

// A name that is no known handler still gets a function, so that the actor's host can say ERR_NO_HANDLER.
// `then` must stay undefined, or awaiting a client would call it.
const anyHandler: object = new Proxy(Object.create(null) as object, {
  get: (_, name, receiver: Client) =>
    typeof name !== "string" || name === "then" ? undefined : (input: unknown) => Client.call(receiver, name, input),
})
Object.setPrototypeOf(Client.prototype, anyHandler)

const classes = new WeakMap<ActorDefinition, new (call: Call) => Client>()

/** Makes a client; with a definition its handlers are real methods, which calls find faster. */
export function makeClient(definition: ActorDefinition | undefined, call: Call): object {
  if (definition === undefined) return new Client(call)
  let Class = classes.get(definition)
  if (Class === undefined) {
    Class = class extends Client {}
    for (const name of definition.handlers.keys()) {
      Object.defineProperty(Class.prototype, name, {
        value: function (this: Client, input: unknown): unknown {
          return Client.call(this, name, input)
        },
      })
    }
    classes.set(definition, Class)
  }
  return new Class(call)
}
