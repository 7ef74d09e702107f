// EventRules — a flag that many wait for (promise P2). Whoever waits is dismissed when it is set, and stays so when it is cleared
// before they have looked.

import { done, refused, type Rules, waiting } from "../operation.js"
import { ROLE } from "../state.js"

const SET = 0

export const eventRules: Rules = {
  start(state, [isSet = 0]) {
    state.setField(SET, isSet)
  },
  decide(state, { type, owner, ticket }) {
    switch (type) {
      case "wait":
        if (state.field(SET) !== 0) return done(0, 1)
        return state.hasRoom() ? waiting(state.add(ROLE.waiting, owner)) : refused("crowded")
      case "check":
        return state.withTicket(ticket) < 0 ? done(0, 1) : waiting(ticket)
      case "cancel": {
        const at = state.withTicket(ticket)
        if (at < 0) return done(0, 1)
        state.remove(at)
        return refused("timed-out")
      }
      case "set":
        state.setField(SET, 1)
        state.dismiss(ROLE.waiting)
        return done()
      case "clear":
        state.setField(SET, 0)
        return done()
      case "value":
        return done(0, state.field(SET))
      default:
        return refused("unknown")
    }
  },
  bury(state, dead) {
    state.bury(dead)
  },
}
