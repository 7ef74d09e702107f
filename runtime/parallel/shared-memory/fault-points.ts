// FaultPoints — where a test may stop a thread in the middle of an operation (promise P4). Nothing in the product sets a hook.

export type Step =
  | "begun"
  | "read"
  | "stored"
  | "committed"
  | "woken"
  | "slot-claimed"
  | "slot-written"
  | "slot-read"
  | "slot-freed"
  | "half-written"

export type FaultHook = (operation: string, step: Step) => void

let hook: FaultHook | undefined

/** Has every step of every operation in this thread reported, before what follows it happens. */
export function setFaultHook(given: FaultHook | undefined): void {
  hook = given
}

export function at(operation: string, step: Step): void {
  if (hook !== undefined) hook(operation, step)
}
