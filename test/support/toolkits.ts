// The implementations of the parallel toolkit, for suites that run over each of them.

import { sharedToolkit, type Toolkit } from "../../runtime/index.js"

export interface ToolkitCase {
  readonly name: string
  /** A toolkit as one more user of it has it. */
  open(): Promise<Toolkit>
  /** Whether its blocking forms and synchronous ones are there. */
  readonly isShared: boolean
}

export const TOOLKITS: readonly ToolkitCase[] = [
  { name: "shared memory", isShared: true, open: () => Promise.resolve(sharedToolkit()) },
]

let count = 0

/** A name that no other test uses. */
export function freshName(what = "x"): string {
  return `${what}${String(++count)}`
}
