// QueueRules — Queue in its three orders, and each way of a pipe (promises P3 to P6).
// The items stand in the list in the order they leave; their bytes are in slots, which the engine keeps.
// Q1  An item that was taken stays in the list until its bytes were read (`finish`): who dies before that has not had it, and it goes back.
// Q2  Where unfinished items go back, a finished get keeps its slot until taskDone.
// Q3  Nobody waits to get while there is an item, and nobody to put while there is room.

import { done, type Operation, type Outcome, refused, type Rules, waiting } from "../operation.js"
import { ENTRY_WORDS, ROLE, type State } from "../state.js"

/** How items leave. */
export const ORDER = { fifo: 0, lifo: 1, priority: 2 } as const

/** Configuration: [capacity, order, whether unfinished items of the dead go back]. */
const CAPACITY = 0
const UNFINISHED = 1
const CLOSED = 2
const MODE = 3
const ITEMS = 4
/** Bits of CLOSED: it is closed; the writing, the reading end has been taken. */
const IS_CLOSED = 1
const TAKEN_END = 2
const REQUEUES = 4

interface Item {
  readonly slot: number
  readonly priority: number
}

function requeues(state: State): boolean {
  return (state.field(MODE) & REQUEUES) !== 0
}

function isClosed(state: State): boolean {
  return (state.field(CLOSED) & IS_CLOSED) !== 0
}

/** Where an item belongs; one that comes back goes before its equals. */
function placeFor(state: State, priority: number, isBack: boolean): number {
  const order = state.field(MODE) & 3
  const first = state.firstOf(ROLE.item)
  if (order === ORDER.lifo || (order === ORDER.fifo && isBack)) return first < 0 ? state.end : first
  if (order === ORDER.fifo) return state.end
  for (let at = first; at >= 0; at = state.firstOf(ROLE.item, at + ENTRY_WORDS)) {
    const other = state.extra(at)
    if (other > priority || (isBack && other === priority)) return at
  }
  return state.end
}

function addItem(state: State, { slot, priority }: Item, isBack = false): void {
  const getter = state.firstOf(ROLE.getting)
  if (getter >= 0) {
    state.setRole(getter, ROLE.taken)
    state.setArg(getter, slot)
    state.setExtra(getter, priority)
    state.wake(getter)
    return
  }
  state.insert(placeFor(state, priority, isBack), { role: ROLE.item, owner: 0, arg: slot, extra: priority })
  state.setField(ITEMS, state.field(ITEMS) + 1)
}

/** Lets in who waits to put, as far as there is room. */
function admit(state: State): void {
  while (state.field(ITEMS) < state.field(CAPACITY)) {
    const at = state.firstOf(ROLE.putting)
    if (at < 0) return
    const item = { slot: state.arg(at), priority: state.extra(at) }
    state.wake(at)
    state.remove(at)
    state.setField(UNFINISHED, state.field(UNFINISHED) + 1)
    addItem(state, item)
  }
}

function put(state: State, { type, owner, slot, amount }: Operation): Outcome {
  if (isClosed(state)) return refused("closed")
  if (!state.hasRoom()) return refused("crowded")
  if (state.field(ITEMS) < state.field(CAPACITY)) {
    state.setField(UNFINISHED, state.field(UNFINISHED) + 1)
    addItem(state, { slot, priority: amount })
    return done()
  }
  return type === "try-put" ? refused("full") : waiting(state.add(ROLE.putting, owner, { arg: slot, extra: amount }))
}

/** The value is the slot. */
function get(state: State, { type, owner }: Operation): Outcome {
  const at = state.firstOf(ROLE.item)
  if (at >= 0) {
    const slot = state.arg(at)
    const item = { arg: slot, extra: state.extra(at) }
    state.remove(at)
    state.setField(ITEMS, state.field(ITEMS) - 1)
    const ticket = state.add(ROLE.taken, owner, item)
    admit(state)
    return done(ticket, slot)
  }
  if (isClosed(state)) return refused("closed")
  if (type === "try-get") return refused("empty")
  return state.hasRoom() ? waiting(state.add(ROLE.getting, owner)) : refused("crowded")
}

function check(state: State, ticket: number): Outcome {
  const at = state.withTicket(ticket)
  if (at < 0) return done()
  const role = state.role(at)
  if (role === ROLE.taken) return done(ticket, state.arg(at))
  if (role !== ROLE.broken) return waiting(ticket)
  state.remove(at)
  return refused("closed")
}

/** The bytes have been read. The value is 1 when the slot is free now. */
function finish(state: State, { owner, ticket }: Operation): Outcome {
  const at = state.withTicket(ticket)
  if (at < 0) return refused("not-held")
  if (requeues(state)) {
    state.setRole(at, ROLE.holding)
    return done(0, 0)
  }
  state.remove(at)
  const held = state.firstOwned(ROLE.holding, owner)
  if (held < 0) state.add(ROLE.holding, owner, { arg: 1 })
  else state.setArg(held, state.arg(held) + 1)
  return done(0, 1)
}

/** The value is the slot that is free now, counted from 1, or 0. */
function taskDone(state: State, owner: number): Outcome {
  if (state.field(UNFINISHED) === 0) return refused("too-many")
  const at = state.firstOwned(ROLE.holding, owner)
  if (at < 0 && requeues(state)) return refused("too-many")
  let slot = 0
  if (at >= 0) {
    if (requeues(state)) slot = state.arg(at) + 1
    if (requeues(state) || state.arg(at) === 1) state.remove(at)
    else state.setArg(at, state.arg(at) - 1)
  }
  finished(state, 1)
  return done(0, slot)
}

function finished(state: State, tasks: number): void {
  state.setField(UNFINISHED, Math.max(0, state.field(UNFINISHED) - tasks))
  if (state.field(UNFINISHED) === 0) state.dismiss(ROLE.joining)
}

function close(state: State): void {
  state.setField(CLOSED, state.field(CLOSED) | IS_CLOSED)
  for (const role of [ROLE.putting, ROLE.getting] as const)
    for (let at = state.firstOf(role); at >= 0; at = state.firstOf(role)) {
      state.setRole(at, ROLE.broken)
      state.wake(at)
    }
}

/** Closes it when an end that was once taken has nobody left. */
function closeIfLeft(state: State): void {
  const has = [false, false]
  for (let at = state.firstOf(ROLE.end); at >= 0; at = state.firstOf(ROLE.end, at + ENTRY_WORDS)) has[state.arg(at)] = true
  for (const side of [0, 1])
    if ((state.field(CLOSED) & (TAKEN_END << side)) !== 0 && has[side] === false && !isClosed(state)) close(state)
}

/** `amount` is the side: 0 writes, 1 reads. */
function attach(state: State, { owner, amount }: Operation): Outcome {
  if (!state.hasRoom()) return refused("crowded")
  const ticket = state.add(ROLE.end, owner, { arg: amount })
  state.setField(CLOSED, state.field(CLOSED) | (TAKEN_END << amount))
  return done(ticket)
}

function detach(state: State, { ticket }: Operation): Outcome {
  const at = state.withTicket(ticket)
  if (at < 0) return done()
  state.remove(at)
  closeIfLeft(state)
  return done()
}

export const queueRules: Rules = {
  start(state, [capacity = 1, order = 0, requeue = 0]) {
    state.setField(CAPACITY, capacity)
    state.setField(MODE, order | (requeue === 0 ? 0 : REQUEUES))
  },
  decide(state, operation) {
    const { owner, ticket } = operation
    switch (operation.type) {
      case "put":
      case "try-put":
        return put(state, operation)
      case "get":
      case "try-get":
        return get(state, operation)
      case "check":
        return check(state, ticket)
      case "cancel": {
        const at = state.withTicket(ticket)
        if (at < 0 || state.role(at) === ROLE.taken || state.role(at) === ROLE.broken) return check(state, ticket)
        state.remove(at)
        return refused("timed-out")
      }
      case "finish":
        return finish(state, operation)
      case "task-done":
        return taskDone(state, owner)
      case "join":
        if (state.field(UNFINISHED) === 0) return done()
        return state.hasRoom() ? waiting(state.add(ROLE.joining, owner)) : refused("crowded")
      case "size":
        return done(0, state.field(ITEMS))
      case "unfinished":
        return done(0, state.field(UNFINISHED))
      case "close":
        close(state)
        return done()
      case "attach":
        return attach(state, operation)
      case "detach":
        return detach(state, operation)
      default:
        return refused("unknown")
    }
  },
  bury(state, dead) {
    const back: Item[] = []
    let lost = 0
    state.bury(dead, (at) => {
      const role = state.role(at)
      if (role === ROLE.taken || (role === ROLE.holding && requeues(state)))
        back.push({ slot: state.arg(at), priority: state.extra(at) })
      else if (role === ROLE.holding) lost += state.arg(at)
      return "remove"
    })
    for (const item of back.reverse()) addItem(state, item, true)
    if (lost > 0) finished(state, lost)
    admit(state)
    closeIfLeft(state)
  },
}
