// partyOf — the part that an incarnation of an actor has in shared memory; it ends with it.

import { ActorContext } from "../actor/actor-context.js"
import type { Ground } from "../parallel/shared-memory/ground.js"
import { Party } from "../parallel/shared-memory/party.js"

/** Who opens a toolkit twice is one party even so: a reentrant lock knows it again. */
const parties = new WeakMap<ActorContext, Map<Ground, Party>>()

/** Undefined for a program: what that has is its thread's. */
export function partyOf(user: unknown, ground: Ground): Party | undefined {
  if (!(user instanceof ActorContext)) return undefined
  const own = parties.get(user) ?? new Map<Ground, Party>()
  parties.set(user, own)
  let party = own.get(ground)
  if (party === undefined) {
    const made = (party = new Party(ground, user.name))
    own.set(ground, made)
    ActorContext.whenEnded(user, () => made.end())
  }
  return party
}
