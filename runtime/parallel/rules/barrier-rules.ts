// BarrierRules — parties that wait for each other (promise P2). Whoever gives up or dies while it waits breaks it for all: the
// others would wait for ever.

import { done, type Outcome, refused, type Rules, waiting } from "../operation.js"
import { ROLE, type State } from "../state.js"

const PARTIES = 0
const BROKEN = 1

function break_(state: State): void {
  state.setField(BROKEN, 1)
  turnAway(state)
}

/** Sends those away who wait now. */
function turnAway(state: State): void {
  for (let at = state.firstOf(ROLE.waiting); at >= 0; at = state.firstOf(ROLE.waiting)) {
    state.setRole(at, ROLE.broken)
    state.wake(at)
  }
}

function check(state: State, ticket: number): Outcome {
  const at = state.withTicket(ticket)
  if (at < 0) return refused("broken")
  const role = state.role(at)
  if (role === ROLE.waiting) return waiting(ticket)
  const place = state.arg(at)
  state.remove(at)
  return role === ROLE.granted ? done(0, place) : refused("broken")
}

export const barrierRules: Rules = {
  start(state, [parties = 1]) {
    state.setField(PARTIES, parties)
  },
  decide(state, { type, owner, ticket }) {
    switch (type) {
      case "wait": {
        if (state.field(BROKEN) !== 0) return refused("broken")
        const place = state.count(ROLE.waiting)
        if (place + 1 < state.field(PARTIES))
          return state.hasRoom() ? waiting(state.add(ROLE.waiting, owner, { arg: place })) : refused("crowded")
        for (let at = state.firstOf(ROLE.waiting); at >= 0; at = state.firstOf(ROLE.waiting)) {
          state.setRole(at, ROLE.granted)
          state.wake(at)
        }
        return done(0, place)
      }
      case "check":
        return check(state, ticket)
      case "cancel": {
        const at = state.withTicket(ticket)
        if (at < 0 || state.role(at) !== ROLE.waiting) return check(state, ticket)
        state.remove(at)
        break_(state)
        return refused("broken")
      }
      case "abort":
        break_(state)
        return done()
      case "reset":
        turnAway(state)
        state.setField(BROKEN, 0)
        return done()
      case "broken":
        return done(0, state.field(BROKEN))
      case "waiting":
        return done(0, state.count(ROLE.waiting))
      default:
        return refused("unknown")
    }
  },
  bury(state, dead) {
    const waited = state.count(ROLE.waiting)
    state.bury(dead)
    if (state.count(ROLE.waiting) < waited) break_(state)
  },
}
