// QueueRules — Queue in its three orders, and each way of a pipe (promises P3 to P6).
// Which items there are, in the order they leave, is kept by a store of items; their bytes are in slots, which the engine keeps.
// Q1  An item that was got is not away until its bytes were read (`finish`): who dies before that has not had it, and it goes back. Those
//     that are taken (`take`) have been read when that is decided.
// Q2  Where unfinished items go back, a finished get keeps its slot until taskDone.
// Q3  Nobody waits to get while there is an item, and nobody to put while there is room.
// Q4  Of a queue that was closed with its items dropped, none goes back: what the dead had not finished counts as done.

import { done, type Operation, type Outcome, refused, type Rules, waiting } from "../operation.js"
import { ENTRY_WORDS, ROLE, type State } from "../state.js"
import { type Item, type ItemStore, ListStore } from "./item-store.js"

/** The `amount` of a close that drops what is in the queue. */
export const DROP = 1

/** Configuration: [capacity, order, whether unfinished items of the dead go back]. */
const CAPACITY = 0
const UNFINISHED = 1
const CLOSED = 2
const MODE = 3
const ITEMS = 4
/** Bits of CLOSED: it is closed; the writing, the reading end has been taken; its items were dropped. */
const IS_CLOSED = 1
const TAKEN_END = 2
const DROPS = 8
const REQUEUES = 4

function requeues(state: State): boolean {
  return (state.field(MODE) & REQUEUES) !== 0
}

function isClosed(state: State): boolean {
  return (state.field(CLOSED) & IS_CLOSED) !== 0
}

function drops(state: State): boolean {
  return (state.field(CLOSED) & DROPS) !== 0
}

/** Hands an item to the first who waits for one; says whether somebody did. */
function handOver(state: State, { slot, priority }: Item): boolean {
  const getter = state.firstOf(ROLE.getting)
  if (getter < 0) return false
  state.setRole(getter, ROLE.taken)
  state.setArg(getter, slot)
  state.setExtra(getter, priority)
  state.wake(getter)
  return true
}

/** Notes that an owner has had an item, until it says that it is done with it. */
function hold(state: State, owner: number, { slot, priority }: Item): void {
  if (requeues(state)) {
    state.add(ROLE.holding, owner, { arg: slot, extra: priority })
    return
  }
  const held = state.firstOwned(ROLE.holding, owner)
  if (held < 0) state.add(ROLE.holding, owner, { arg: 1 })
  else state.setArg(held, state.arg(held) + 1)
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
  if (at < 0 || state.role(at) !== ROLE.taken) return refused("not-held")
  if (requeues(state)) {
    // Where it is: what an owner has had is in the order in which it was taken, whatever was read first.
    state.setRole(at, ROLE.holding)
    return done()
  }
  const item = { slot: state.arg(at), priority: state.extra(at) }
  state.remove(at)
  hold(state, owner, item)
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

/** The rules over a store of items. */
export class QueueRules implements Rules {
  readonly #store: ItemStore

  constructor(store: ItemStore) {
    this.#store = store
  }

  start(state: State, [capacity = 1, order = 0, requeue = 0]: readonly number[]): void {
    state.setField(CAPACITY, capacity)
    state.setField(MODE, order | (requeue === 0 ? 0 : REQUEUES))
    this.#store.start(state)
  }

  decide(state: State, operation: Operation): Outcome {
    const { owner, ticket } = operation
    switch (operation.type) {
      case "put":
      case "try-put":
        return this.#put(state, operation)
      case "get":
      case "try-get":
        return this.#get(state, operation)
      case "take":
        return this.#take(state, operation)
      case "room":
        return done(0, isClosed(state) || state.firstOf(ROLE.getting) >= 0 ? 0 : room(state))
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
        return state.hasRoom(2) ? waiting(state.add(ROLE.joining, owner)) : refused("crowded")
      case "size":
        return done(0, state.field(ITEMS))
      case "unfinished":
        return done(0, state.field(UNFINISHED))
      case "close":
        close(state)
        return operation.amount === DROP ? this.#drop(state) : done()
      case "closed":
        return done(0, isClosed(state) ? 1 : 0)
      case "admit":
        return done(0, this.#admit(state))
      case "attach":
        return attach(state, operation)
      case "detach":
        return detach(state, operation)
      default:
        return refused("unknown")
    }
  }

  bury(state: State, dead: (owner: number) => boolean): void {
    const back: Item[] = []
    let lost = 0
    state.bury(dead, (at) => {
      const role = state.role(at)
      if (role === ROLE.taken || (role === ROLE.holding && requeues(state))) {
        if (drops(state)) lost++
        else back.push({ slot: state.arg(at), priority: state.extra(at) })
      } else if (role === ROLE.holding) lost += state.arg(at)
      return "remove"
    })
    // All of them go back before one is handed over: who waits longest gets what would leave first.
    for (const item of back.reverse()) this.#putIn(state, item, true)
    while (state.field(ITEMS) > 0 && state.firstOf(ROLE.getting) >= 0) handOver(state, this.#takeFirst(state))
    if (lost > 0) finished(state, lost)
    this.#admit(state)
    closeIfLeft(state)
  }

  /** The slots that the state speaks of; all others are free, or somebody's who is about to put. */
  slots(state: State): Set<number> {
    const slots = new Set(this.#store.slots(state, state.field(ITEMS)))
    const roles: readonly number[] = [ROLE.putting, ROLE.taken, ...(requeues(state) ? [ROLE.holding] : [])]
    for (let at = state.first; at < state.end; at += ENTRY_WORDS) if (roles.includes(state.role(at))) slots.add(state.arg(at))
    return slots
  }

  #put(state: State, { type, owner, slot, amount }: Operation): Outcome {
    if (isClosed(state)) return refused("closed")
    if (!state.hasRoom()) return refused("crowded")
    if (room(state) > 0) {
      state.setField(UNFINISHED, state.field(UNFINISHED) + 1)
      this.#add(state, { slot, priority: amount })
      return done()
    }
    if (type === "try-put") return refused("full")
    return state.hasRoom(2) ? waiting(state.add(ROLE.putting, owner, { arg: slot, extra: amount })) : refused("crowded")
  }

  /** The value is the slot. */
  #get(state: State, { type, owner }: Operation): Outcome {
    if (state.field(ITEMS) > 0) {
      if (!state.hasRoom()) return refused("crowded")
      const { slot, priority } = this.#takeFirst(state)
      const ticket = state.add(ROLE.taken, owner, { arg: slot, extra: priority })
      this.#admit(state)
      return done(ticket, slot)
    }
    if (isClosed(state)) return refused("closed")
    if (type === "try-get") return refused("empty")
    // Who waits leaves room for one who takes.
    return state.hasRoom(2) ? waiting(state.add(ROLE.getting, owner)) : refused("crowded")
  }

  /** Takes `amount` at most of the items there are; their slots are those that are out, and the value is how many. */
  #take(state: State, { owner, amount }: Operation): Outcome {
    if (state.field(ITEMS) === 0) return refused(isClosed(state) ? "closed" : "empty")
    const { out } = state
    while (out.length < amount && state.field(ITEMS) > 0 && state.hasRoom()) {
      const item = this.#takeFirst(state)
      hold(state, owner, item)
      out.push(item.slot)
    }
    this.#admit(state)
    return out.length === 0 ? refused("crowded") : done(0, out.length)
  }

  /** Takes every item out for nobody; their slots are those that are out, and the value is how many. */
  #drop(state: State): Outcome {
    state.setField(CLOSED, state.field(CLOSED) | DROPS)
    while (state.field(ITEMS) > 0) state.out.push(this.#takeFirst(state).slot)
    finished(state, state.out.length)
    return done(0, state.out.length)
  }

  #takeFirst(state: State): Item {
    const items = state.field(ITEMS)
    const item = this.#store.take(state, items)
    state.setField(ITEMS, items - 1)
    return item
  }

  #add(state: State, item: Item): void {
    if (!handOver(state, item)) this.#putIn(state, item, false)
  }

  #putIn(state: State, item: Item, isBack: boolean): void {
    const count = state.field(ITEMS)
    this.#store.put(state, item, { isBack, count })
    state.setField(ITEMS, count + 1)
  }

  /** Lets in who waits to put, as far as there is room and the store takes them at once. Gives how many. */
  #admit(state: State): number {
    let admitted = 0
    for (; admitted < this.#store.mostPut && room(state) > 0; admitted++) {
      const at = state.firstOf(ROLE.putting)
      if (at < 0) break
      const item = { slot: state.arg(at), priority: state.extra(at) }
      state.wake(at)
      state.remove(at)
      state.setField(UNFINISHED, state.field(UNFINISHED) + 1)
      this.#add(state, item)
    }
    return admitted
  }
}

/** For items in any order, wherever they are kept. */
export const queueRules = new QueueRules(new ListStore((state) => state.field(MODE) & 3))

/** How many more items it takes. */
function room(state: State): number {
  return state.field(CAPACITY) - state.field(ITEMS)
}

/** Notes that so many items more are in it, which were put by other means. */
export function added(state: State, items: number): void {
  state.setField(ITEMS, state.field(ITEMS) + items)
  state.setField(UNFINISHED, state.field(UNFINISHED) + items)
}

/** How many items are in it. */
export function itemsIn(state: State): number {
  return state.field(ITEMS)
}
