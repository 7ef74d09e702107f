// Which method a message calls, and with what: a pure look-up, with the schema's check before it.

import { BadMessageError, NoHandlerError } from "../errors.js"
import type { ActorDefinition, HandlerDefinition } from "./definition.js"
import type { Delivery } from "./delivery.js"
import type { Life } from "./life.js"
import { pathText, type StandardSchemaV1 } from "./standard-schema.js"

/** Thrown instead of calling a handler: the message is refused, the actor goes on. */
export class Refusal extends Error {
  readonly error: Error

  constructor(error: Error) {
    super(error.message)
    this.error = error
  }
}

/** The actor that is called. */
interface Called {
  readonly name: string
  readonly definition: ActorDefinition
}

type Method = (this: unknown, input: unknown) => unknown

/** Calls the handler a message is for. @throws {Refusal} when there is none or the message does not fit its schema. */
export function callHandler(actor: Called, life: Life, delivery: Delivery): unknown {
  const { definition } = actor
  const { instance, behaviours } = life
  const name = delivery.handler
  const handler = definition.handlers.get(name)
  let method: Method | undefined
  if (behaviours.length > 0) {
    const top = behaviours[behaviours.length - 1]
    if (top !== undefined && Object.hasOwn(top, name)) method = top[name] as Method
  }
  if (method === undefined && handler !== undefined) method = (instance as unknown as Record<string, Method>)[name]
  if (method === undefined) throw new Refusal(new NoHandlerError(actor.name, name, [...definition.handlers.keys()]))
  if (handler?.input === undefined) return method.call(instance, delivery.input)
  return callChecked({ actor: actor.name, handler, schema: handler.input, life }, delivery, (input) =>
    method.call(instance, input),
  )
}

/** What a handler that was called late gives when it stashed its message. */
export const STASHED: unique symbol = Symbol("stashed")

/** Calls a handler when its schema took its time, with all that holds while the cell itself calls one. */
function callLate(life: Life, delivery: Delivery, call: () => unknown): unknown {
  // Its end has settled the message meanwhile.
  if (life.finishing || life.ended) return undefined
  life.current = delivery
  try {
    const value = call()
    return life.stashing ? Promise.resolve(value).then(() => STASHED) : value
  } finally {
    life.current = undefined
    life.stashing = false
  }
}

function callChecked(
  of: { actor: string; handler: HandlerDefinition; schema: StandardSchemaV1; life: Life },
  delivery: Delivery,
  call: (input: unknown) => unknown,
): unknown {
  const use = (result: StandardSchemaV1.Result<unknown>): unknown => {
    if (result.issues === undefined) return call(result.value)
    const issues = result.issues.map((issue) => ({ path: pathText(issue.path), message: issue.message }))
    throw new Refusal(new BadMessageError(of.actor, of.handler.name, issues))
  }
  const result = of.schema["~standard"].validate(delivery.input)
  return result instanceof Promise ? result.then((late) => callLate(of.life, delivery, () => use(late))) : use(result)
}
