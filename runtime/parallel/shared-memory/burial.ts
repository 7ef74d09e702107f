// Burial — takes back what dead members had of a primitive.

import { memberOf } from "../state.js"
import type { Block } from "./block.js"
import { Slots } from "./slots.js"

export function bury(block: Block, members: ReadonlySet<number>): void {
  block.bury((owner) => members.has(memberOf(owner)))
  if (block.plan.slots === undefined) return
  const slots = new Slots(block)
  block.change("recover", (state) => slots.recover(state, members))
}
