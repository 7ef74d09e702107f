// Burial — takes back what dead members had of a primitive. Who does so may be killed in the middle: whoever does it again may do all of it.

import { QueueRules } from "../rules/queue-rules.js"
import { memberOf } from "../state.js"
import type { Block } from "./block.js"

export function bury(block: Block, members: ReadonlySet<number>): void {
  block.bury((owner) => members.has(memberOf(owner)))
  block.slots?.recover(members, () => usedIn(block))
}

/** The slots that its state speaks of. It is published anew: so it is one that was whole. */
export function usedIn(block: Block): ReadonlySet<number> {
  return block.change("recover", (state) => {
    state.changed = true
    return block.rules instanceof QueueRules ? block.rules.slots(state) : new Set<number>()
  })
}
