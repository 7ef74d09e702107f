// functionActor — an actor from a plain function.

import { Actor } from "./actor.js"
import type { ActorContext } from "./actor-context.js"
import { actor, type ActorClass, type ActorOptions, handler, type HandlerOptions } from "./definition.js"

/** An actor with one handler, `run`. */
export interface FunctionActor<I, O> extends Actor {
  run(input: I): O
}

/**
 * Makes an actor class with one handler, `run`, of a function. Export the result, so that threads and processes find it:
 * `export const square = functionActor({ kind: "square", module: import.meta.url }, ({ x }: { x: number }) => x * x)`.
 */
export function functionActor<I, O>(
  options: ActorOptions & HandlerOptions,
  run: (input: I, context: ActorContext) => O,
): ActorClass<FunctionActor<I, O>> {
  class Made extends Actor {
    run(input: I): O {
      return run(input, this.context)
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Made.prototype, "run") as TypedPropertyDescriptor<(input: I) => O>
  handler({ ...(options.input === undefined ? {} : { input: options.input }), reentrant: options.reentrant ?? false })(
    Made.prototype,
    "run",
    descriptor,
  )
  Object.defineProperty(Made, "name", { value: options.kind })
  actor(options)(Made)
  return Made
}
