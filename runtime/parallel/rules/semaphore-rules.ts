// SemaphoreRules — Semaphore and BoundedSemaphore (promises P2, P3, P4).
// An owner's permits are one entry with their number, so that they come back when the owner dies.

import { done, type Operation, type Outcome, refused, type Rules, waiting } from "../operation.js"
import { ROLE, type State } from "../state.js"

/** Configuration: [permits at the start, whether that is the most there may be]. */
const FREE = 0
const MOST = 1
const OWNER_DIED = 2

function hold(state: State, owner: number): void {
  const at = state.firstOwned(ROLE.holding, owner)
  if (at < 0) state.add(ROLE.holding, owner, { arg: 1 })
  else state.setArg(at, state.arg(at) + 1)
}

function takeOwnerDied(state: State): number {
  const died = state.field(OWNER_DIED)
  if (died !== 0) state.setField(OWNER_DIED, died - 1)
  return died === 0 ? 0 : 1
}

function grant(state: State): void {
  while (state.field(FREE) > 0) {
    const at = state.firstOf(ROLE.waiting)
    if (at < 0) return
    state.setField(FREE, state.field(FREE) - 1)
    state.setRole(at, ROLE.granted)
    state.setExtra(at, takeOwnerDied(state))
    state.nextFence()
    state.wake(at)
  }
}

function acquire(state: State, { owner, amount }: Operation): Outcome {
  if (state.field(FREE) > 0) {
    if (!state.hasRoom()) return refused("crowded")
    state.setField(FREE, state.field(FREE) - 1)
    hold(state, owner)
    return done(0, takeOwnerDied(state), state.nextFence())
  }
  if (amount === 0) return refused("busy")
  return state.hasRoom() ? waiting(state.add(ROLE.waiting, owner)) : refused("crowded")
}

/** `amount` permits; those that nobody is known to hold are new ones. */
function release(state: State, { owner, amount }: Operation): Outcome {
  if (amount < 1) return refused("unknown")
  const most = state.field(MOST) < 0 ? 0x7fff_ffff : state.field(MOST)
  if (state.field(FREE) + amount > most) return refused("too-many")
  for (let left = amount; left > 0; left--) {
    const own = state.firstOwned(ROLE.holding, owner)
    const at = own < 0 ? state.firstOf(ROLE.holding) : own
    if (at < 0) break
    if (state.arg(at) === 1) state.remove(at)
    else state.setArg(at, state.arg(at) - 1)
  }
  state.setField(FREE, state.field(FREE) + amount)
  grant(state)
  return done()
}

function check(state: State, { ticket }: Operation): Outcome {
  const at = state.withTicket(ticket)
  if (at < 0) return refused("not-held")
  if (state.role(at) !== ROLE.granted) return waiting(ticket)
  const owner = state.owner(at)
  const died = state.extra(at)
  state.remove(at)
  hold(state, owner)
  return done(0, died, state.fence)
}

export const semaphoreRules: Rules = {
  start(state, [permits = 1, bounded = 0]) {
    state.setField(FREE, permits)
    state.setField(MOST, bounded === 0 ? -1 : permits)
  },
  decide(state, operation) {
    switch (operation.type) {
      case "acquire":
        return acquire(state, operation)
      case "release":
        return release(state, operation)
      case "check":
        return check(state, operation)
      case "cancel": {
        const at = state.withTicket(operation.ticket)
        if (at < 0 || state.role(at) === ROLE.granted) return check(state, operation)
        state.remove(at)
        return refused("timed-out")
      }
      case "value":
        return done(0, state.field(FREE))
      default:
        return refused("unknown")
    }
  },
  bury(state, dead) {
    state.bury(dead, (at) => {
      const permits = state.role(at) === ROLE.holding ? state.arg(at) : state.role(at) === ROLE.granted ? 1 : 0
      if (permits > 0) {
        state.setField(FREE, state.field(FREE) + permits)
        state.setField(OWNER_DIED, state.field(OWNER_DIED) + permits)
      }
      return "remove"
    })
    grant(state)
  },
}
