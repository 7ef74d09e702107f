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

/** What a call of a client does, for whoever the client belongs to. */
export type Call<O extends object> = (owner: O, handler: string, input: unknown) => unknown

class Client {
  /** Whose calls they are: a field and not a closure, for there may be a million clients. */
  readonly #owner: object

  constructor(owner: object) {
    this.#owner = owner
  }

  static ownerOf(client: Client): object {
    return client.#owner
  }
}

/** What the language looks for by itself: to await a client, or something that holds it as JSON, must not send a message. */
const NOT_CALLED: ReadonlySet<string> = new Set(["then", "toJSON"])

type ClientClass = new (owner: object) => Client

/** Makes clients whose calls all do the same, each for its owner. */
export class ClientMaker<O extends object> {
  readonly #call: Call<O>
  /** For actors whose handlers are not known. */
  readonly #Any: ClientClass
  readonly #classes = new WeakMap<ActorDefinition, ClientClass>()

  constructor(call: Call<O>) {
    this.#call = call
    this.#Any = this.#makeAny()
  }

  /** Makes a client; with a definition its handlers are real methods, which calls find faster. */
  make(definition: ActorDefinition | undefined, owner: O): object {
    if (definition === undefined) return new this.#Any(owner)
    let Class = this.#classes.get(definition)
    if (Class === undefined) {
      Class = this.#makeClass(definition)
      this.#classes.set(definition, Class)
    }
    return new Class(owner)
  }

  #makeClass(definition: ActorDefinition): ClientClass {
    const call = this.#call
    class Known extends this.#Any {}
    for (const name of definition.handlers.keys()) {
      Object.defineProperty(Known.prototype, name, {
        value: function (this: Client, input: unknown): unknown {
          return call(Client.ownerOf(this) as O, name, input)
        },
      })
    }
    return Known
  }

  // A name that is no known handler still gets a function, so that the actor's host can say ERR_NO_HANDLER.
  #makeAny(): ClientClass {
    const call = this.#call
    class Any extends Client {}
    const anyHandler: object = new Proxy(Object.create(null) as object, {
      get: (_, name, receiver: Client) =>
        typeof name !== "string" || NOT_CALLED.has(name)
          ? undefined
          : (input: unknown) => call(Client.ownerOf(receiver) as O, name, input),
    })
    Object.setPrototypeOf(Any.prototype, anyHandler)
    return Any
  }
}
