// Recovery — takes back what a dead thread held, so that nothing stays locked for ever (promise P4).

import { memberOf } from "../state.js"
import { sharesMemory, theArena } from "./arena.js"
import { allBlocks } from "./directory.js"
import { Slots } from "./slots.js"

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
    if (block.plan.slots !== undefined) {
      const slots = new Slots(block)
      block.change("recover", (state) => slots.recover(state, members))
    }
  }
  for (const member of members) arena.free(member)
}
