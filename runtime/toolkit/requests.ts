// What a toolkit's users ask of its keeper. Whoever is on the bus can ask: each request is read by its shape first.

import type { StandardSchemaV1 } from "@standard-schema/spec"
import { ActorRef } from "../actor/actor-ref.js"
import type { Outcome } from "../parallel/operation.js"
import { bytes, listOf, made, Misfit, number, optional, record, type Shape, type Shaped, text } from "../wire/shape.js"

/** A handler's schema, from a shape. */
function schemaOf<T>(shape: Shape<T>): StandardSchemaV1<unknown, T> {
  const validate = (value: unknown): StandardSchemaV1.Result<T> => {
    try {
      return { value: shape(value, "") }
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      return { issues: [{ message: error.message, path: [error.path] }] }
    }
  }
  return { "~standard": { version: 1, vendor: "troupe", validate } }
}

const int32 = made((value) => {
  if (typeof value === "number" && (value | 0) === value) return value
  throw new TypeError("expected a whole number of 32 bits")
})
const whole = made((value) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 18) return value
  throw new TypeError("expected a whole number below 2^18")
})
const index = made((value) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError("expected a whole number, 0 or more")
})
const ref = made((value) => {
  if (value instanceof ActorRef) return value as ActorRef
  throw new TypeError("expected the ref of an actor")
})

/** What a keeper gave a member alone: see ToolkitKeeper. */
const pass = index
const join = record({ party: ref, name: text })
const plan = record({
  kind: text,
  config: listOf(int32),
  entries: whole,
})
const open = record({ member: whole, pass, name: text, plan, as: optional(text) })
const operation = record({ type: text, owner: int32, ticket: int32, amount: int32, slot: int32 })
const run = record({ key: text, pass, operation, bytes: optional(bytes) })
const settle = record({ key: text, pass, owner: int32, ticket: int32, waitMs: number })
const report = record({ key: text, pass, owner: int32 })
const readNumbers = record({ key: text, pass, owner: int32, from: index, to: index })
const writeNumbers = record({ key: text, pass, owner: int32, at: index, bytes, ticket: int32 })
const addNumber = record({ key: text, pass, owner: int32, at: index, by: bytes })

export type Joining = Shaped<typeof join>
export type Opening = Shaped<typeof open>
export type Running = Shaped<typeof run>
export type Settling = Shaped<typeof settle>
export type Reporting = Shaped<typeof report>
export type NumberReading = Shaped<typeof readNumbers>
export type NumberWriting = Shaped<typeof writeNumbers>
export type NumberAdding = Shaped<typeof addNumber>

export const joining = schemaOf(join)
export const opening = schemaOf(open)
export const running = schemaOf(run)
export const settling = schemaOf(settle)
export const reporting = schemaOf(report)
export const numberReading = schemaOf(readNumbers)
export const numberWriting = schemaOf(writeNumbers)
export const numberAdding = schemaOf(addNumber)

/** What an operation gave; with the bytes of an item that was got. */
export interface Answer {
  readonly outcome: Outcome
  readonly bytes?: Uint8Array | undefined
}

/** A new member. */
export interface Joined {
  readonly member: number
  readonly pass: number
}

/** What was opened. */
export interface Opened {
  readonly key: string
  readonly owner: number
  readonly pass: number
}
