// LockRules — Lock, RLock and the conditions on them (promises P1, P2, P4).
// The holder is the first entry, its argument the depth. Who waits follows in order; who waits on a condition is parked in between.
// L1  While someone waits, nobody is granted it who came later.
// L2  Who is granted it after the holder died is told so: the flag stays until someone has been told.

import { done, type Operation, type Outcome, refused, type Rules, waiting } from "../operation.js"
import { ENTRY_WORDS, ROLE, type State } from "../state.js"

/** Configuration: [reentrant, poison when the owner dies]. */
const REENTRANT = 0
const POISONS = 1
const OWNER_DIED = 2
const POISONED = 3

/** What `value` of a granted lock holds: whether the one before it died. */
function held(state: State, at: number): Outcome {
  return done(state.ticket(at), state.extra(at), state.fence)
}

function heldAt(state: State): number {
  return state.first < state.end && state.role(state.first) === ROLE.holding ? state.first : -1
}

function takeOwnerDied(state: State): number {
  const died = state.field(OWNER_DIED)
  if (died !== 0) state.setField(OWNER_DIED, 0)
  return died
}

/** Gives a free lock to the first who waits. */
function grant(state: State): void {
  if (heldAt(state) >= 0) return
  const at = state.firstOf(ROLE.waiting)
  if (at < 0) return
  const next = { role: ROLE.holding, owner: state.owner(at), arg: state.arg(at) || 1, extra: takeOwnerDied(state) }
  const ticket = state.ticket(at)
  state.remove(at)
  state.insert(state.first, next)
  state.words[state.first + 2] = ticket
  state.nextFence()
  state.woken.push(ticket)
}

function acquire(state: State, { owner, amount }: Operation): Outcome {
  if (state.field(POISONED) !== 0) return refused("poisoned")
  const at = heldAt(state)
  if (at >= 0) {
    if (state.field(REENTRANT) !== 0 && state.owner(at) === owner) {
      state.setArg(at, state.arg(at) + 1)
      return done(state.ticket(at), 0, state.fence)
    }
  } else if (state.end === state.first || state.firstOf(ROLE.waiting) < 0) {
    if (!state.hasRoom()) return refused("crowded")
    const died = takeOwnerDied(state)
    const ticket = state.insert(state.first, { role: ROLE.holding, owner, arg: 1, extra: died })
    return done(ticket, died, state.nextFence())
  }
  if (amount === 0) return refused("busy")
  return state.hasRoom(2) ? waiting(state.add(ROLE.waiting, owner, { arg: 1 })) : refused("crowded")
}

/** `ticket` 0 releases whoever holds it, as Python's Lock does; a reentrant lock is released by its owner alone. */
function release(state: State, { owner, ticket }: Operation): Outcome {
  const at = heldAt(state)
  if (at < 0) return refused("not-held")
  if (state.field(REENTRANT) !== 0 && state.owner(at) !== owner) return refused("not-held")
  if (ticket !== 0 && state.ticket(at) !== ticket) return refused("not-held")
  if (state.arg(at) > 1) {
    state.setArg(at, state.arg(at) - 1)
    return done()
  }
  state.remove(at)
  if (state.end > state.first) grant(state)
  return done()
}

/** Lets go of the lock, however deep, until notified; `amount` numbers the condition. */
function wait(state: State, { owner, amount }: Operation): Outcome {
  const at = heldAt(state)
  if (at < 0 || state.owner(at) !== owner) return refused("not-held")
  const ticket = state.ticket(at)
  state.setExtra(at, amount)
  state.setRole(at, ROLE.parked)
  state.moveToEnd(at)
  grant(state)
  return waiting(ticket)
}

/** `ticket` says how many are notified, `amount` numbers the condition. The value is how many there were. */
function notify(state: State, { owner, ticket, amount }: Operation): Outcome {
  const held = heldAt(state)
  if (held < 0 || state.owner(held) !== owner) return refused("not-held")
  let notified = 0
  for (let at = state.firstOf(ROLE.parked); at >= 0 && notified < ticket;) {
    if (state.extra(at) === amount) {
      state.setRole(at, ROLE.waiting)
      state.moveToEnd(at)
      notified++
      at = state.firstOf(ROLE.parked, at)
    } else at = state.firstOf(ROLE.parked, at + ENTRY_WORDS)
  }
  return done(0, notified)
}

function check(state: State, { ticket }: Operation): Outcome {
  const at = state.withTicket(ticket)
  if (at < 0) return refused(state.field(POISONED) === 0 ? "not-held" : "poisoned")
  return state.role(at) === ROLE.holding ? held(state, at) : waiting(ticket)
}

/** Who waits on a condition has to get the lock back even so. */
function cancel(state: State, operation: Operation): Outcome {
  const at = state.withTicket(operation.ticket)
  if (at < 0 || state.role(at) === ROLE.holding) return check(state, operation)
  if (state.role(at) === ROLE.waiting) {
    state.remove(at)
    return refused("timed-out")
  }
  state.setRole(at, ROLE.waiting)
  state.moveToEnd(at)
  grant(state)
  return check(state, operation)
}

function poison(state: State): void {
  state.setField(POISONED, 1)
  for (const role of [ROLE.holding, ROLE.waiting, ROLE.parked]) state.dismiss(role)
}

export const lockRules: Rules = {
  start(state, [reentrant = 0, poisons = 0]) {
    state.setField(REENTRANT, reentrant)
    state.setField(POISONS, poisons)
  },
  decide(state, operation) {
    switch (operation.type) {
      case "acquire":
        return acquire(state, operation)
      case "release":
        return release(state, operation)
      case "check":
        return check(state, operation)
      case "cancel":
        return cancel(state, operation)
      case "wait":
        return wait(state, operation)
      case "notify":
        return notify(state, operation)
      case "locked":
        return done(0, heldAt(state) < 0 ? 0 : 1)
      case "poison": {
        const at = heldAt(state)
        if (at < 0 || state.ticket(at) !== operation.ticket) return refused("not-held")
        poison(state)
        return done()
      }
      case "reset":
        state.setField(POISONED, 0)
        state.setField(OWNER_DIED, 0)
        return done()
      default:
        return refused("unknown")
    }
  },
  bury(state, dead) {
    const at = heldAt(state)
    const died = at >= 0 && dead(state.owner(at))
    state.bury(dead)
    if (!died) return
    state.setField(OWNER_DIED, 1)
    if (state.field(POISONS) !== 0) poison(state)
    else grant(state)
  },
}
