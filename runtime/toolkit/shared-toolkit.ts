// Opening the toolkit that lies in the shared memory of this process.

import type { ActorContext } from "../actor/actor-context.js"
import type { ActorSystem } from "../system/actor-system.js"
import { theArena } from "../parallel/shared-memory/arena.js"
import { openBlock } from "../parallel/shared-memory/directory.js"
import { SharedEngine } from "../parallel/shared-memory/shared-engine.js"
import { Toolkit } from "../parallel/toolkit.js"
import { partyOf } from "./party-of.js"

/**
 * Everything that lies in the shared memory of this process, behind the interface that other toolkits have too. The same names stand for the
 * same things as with `openLock` and the like.
 * @param user - the actor's `this.context`: what is acquired is that incarnation's then, and comes back when it ends (promise P4). What a program
 * acquires is its thread's. @default the thread's
 */
export function sharedToolkit(user?: ActorContext | ActorSystem): Toolkit {
  const party = user === undefined ? undefined : partyOf(user, theArena())
  return new Toolkit(({ name, plan, as }) => Promise.resolve().then(() => new SharedEngine(openBlock(name, plan), as, party)))
}
