// Recovery — takes back what a dead thread held, so that nothing stays locked for ever (promise P4).

import { sharesMemory, theArena } from "./arena.js"
import { bury } from "./burial.js"
import { allBlocks } from "./directory.js"

/**
 * To be called once when a thread has ended, by a thread that lives; it does so for the threads that the dead one had started, too.
 * The hosts of thread actors call it; who starts worker threads of his own calls it when they exit.
 */
export function threadEnded(thread: number): void {
  if (!sharesMemory(thread)) return
  const arena = theArena()
  const members = new Set(arena.membersOf(thread))
  for (const block of allBlocks()) bury(block, members)
  for (const member of members) arena.free(member)
}
