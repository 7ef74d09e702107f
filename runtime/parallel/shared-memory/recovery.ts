// Recovery — takes back what a dead thread held, so that nothing stays locked for ever (promise P4).

import { QueueRules } from "../rules/queue-rules.js"
import { memberOf } from "../state.js"
import { sharesMemory, theArena } from "./arena.js"
import type { Block } from "./block.js"
import { allBlocks } from "./directory.js"

/**
 * To be called once when a thread has ended, by a thread that lives; it does so for the threads that the dead one had started, too.
 * The hosts of thread actors call it; who starts worker threads of his own calls it when they exit.
 */
export function threadEnded(thread: number): void {
  if (!sharesMemory(thread)) return
  const arena = theArena()
  const members = new Set(arena.membersOf(thread))
  for (const block of allBlocks()) {
    block.bury((owner) => members.has(memberOf(owner)))
    block.slots?.recover(members, () => usedIn(block))
  }
  for (const member of members) arena.free(member)
}

/** The slots that its state speaks of. It is published anew: so it is one that was whole. */
function usedIn(block: Block): ReadonlySet<number> {
  return block.change("recover", (state) => {
    state.changed = true
    return block.rules instanceof QueueRules ? block.rules.slots(state) : new Set<number>()
  })
}
