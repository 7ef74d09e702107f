// Block — the memory of one primitive, and how its state changes: lock-free, whole or not at all (promise P4).
// Each member has two buffers in it. A change is decided on a private copy of the published buffer, written into one of the member's
// own that is not the published one, and published by a single compare-and-exchange of the head word. A thread that is killed at
// any point before leaves the state as it was; after it, the change is done, and only the waking of others can be missing, which
// recovery makes up for.
// B1  The head word is the version (24 bits) and the number of the published buffer (8 bits). Only a compare-and-exchange changes it.
// B2  Nobody writes into the published buffer. A reader that was overtaken sees the head changed, and reads again.

import { kindNumber, kindOf, type Plan, rulesOf } from "../kinds.js"
import { ORDER } from "../rules/item-store.js"
import { type Operation, operation, type Outcome, type Rules } from "../operation.js"
import { lockRules } from "../rules/lock-rules.js"
import { QueueRules } from "../rules/queue-rules.js"
import { ENTRY_WORDS, HEADER_WORDS, State } from "../state.js"
import { BUFFERS_AT, NAME_AT, NAME_WORDS, WAKE_AT, WAKE_WORDS } from "./block-layout.js"
import { ChainStore, startChain } from "./chain-store.js"
import { at } from "./fault-points.js"
import { type Extent, type Ground, MEMBERS, UNIT } from "./ground.js"
import { QuickLock } from "./quick-lock.js"
import { Slots, slotsBytes } from "./slots.js"

const HEAD = 0
const KIND = 1
const ENTRIES = 2
const CONFIG = 3
const CONFIG_WORDS = 5
const NAME_LENGTH = 8
const SLOTS = 9
const SLOT_BYTES = 10
const DATA_BYTES = 11
const BUFFERS = MEMBERS * 2

/** Copies the state of any block of this thread: operations do not overlap in one thread. */
const copies = new Map<number, State>()

function copyFor(entries: number): State {
  let copy = copies.get(entries)
  if (copy === undefined) copies.set(entries, (copy = new State(entries)))
  return copy
}

export class Block {
  readonly plan: Plan
  readonly name: string
  /** The words on which its waiters sleep; a ticket sleeps on `wakeIndex(ticket)`. */
  readonly words: Int32Array
  readonly rules: Rules
  /** Of queues and pipes. */
  readonly slots: Slots | undefined
  /** Of those whose items leave first in first out. */
  readonly chain: ChainStore | undefined
  readonly #copy: State
  readonly #bufferWords: number
  readonly #mine: number
  readonly #offset: number
  readonly #dataBytes: number
  readonly #quick: QuickLock | undefined

  /** Reads a block that is there. @throws {NoRoomError} */
  constructor(
    readonly ground: Ground,
    offset: number,
  ) {
    const { member } = ground
    const { memory, at } = ground.extent(offset, BUFFERS_AT * 4)
    const header = new Int32Array(memory, at, BUFFERS_AT)
    const entries = header[ENTRIES] as number
    this.plan = planIn(header)
    const bytes = Buffer.from(new Uint8Array(memory, at + NAME_AT * 4, header[NAME_LENGTH]).slice())
    this.name = bytes.length === 0 ? `${this.plan.kind} #${String(offset)}` : bytes.toString()
    this.#bufferWords = bufferWords(entries)
    this.#copy = copyFor(entries)
    this.#mine = member * 2
    this.#offset = offset
    this.#dataBytes = dataBytes(this.plan)
    const length = BUFFERS_AT + BUFFERS * this.#bufferWords
    const own = BUFFERS_AT + this.#mine * this.#bufferWords
    ground.commit(offset + (own * 4) / UNIT, this.#bufferWords * 8)
    const all = ground.extent(offset, length * 4)
    this.words = new Int32Array(all.memory, all.at, length)
    if (this.plan.slots !== undefined) this.slots = new Slots(this)
    if (this.slots !== undefined && isChained(this.plan)) this.chain = new ChainStore(this.slots.next)
    this.rules = this.chain === undefined ? rulesOf(this.plan.kind) : new QueueRules(this.chain)
    if (this.rules === lockRules)
      this.#quick = new QuickLock(
        this.words,
        { head: HEAD, at: BUFFERS_AT, words: this.#bufferWords, mine: this.#mine, entries },
        (ticket) => this.ground.wake(this.words, this.wakeIndex(ticket)),
      )
  }

  /** Writes a new one into memory of its own; gives its offset. It is nobody's until it stands in the directory. */
  static write(ground: Ground, plan: Plan, name: string): number {
    const { entries, slots } = plan
    const words = BUFFERS_AT + BUFFERS * bufferWords(entries)
    const data = dataBytes(plan)
    const first = (BUFFERS_AT + bufferWords(entries)) * 4
    const parts = [[0, first] as const, ...(data > 0 ? [[words * 4, data] as const] : [])]
    const offset = ground.allocateFor(name === "" ? plan.kind : `${plan.kind} ${name}`, words * 4 + data, parts)
    const { memory, at: start } = ground.extent(offset, first)
    const header = new Int32Array(memory, start, BUFFERS_AT)
    header[KIND] = kindNumber(plan.kind)
    header[ENTRIES] = entries
    for (let n = 0; n < CONFIG_WORDS; n++) header[CONFIG + n] = plan.config[n] ?? 0
    header[SLOTS] = slots?.count ?? 0
    header[SLOT_BYTES] = slots?.bytes ?? 0
    header[DATA_BYTES] = Math.ceil((plan.dataBytes ?? 0) / UNIT)
    const text = Buffer.from(name)
    header[NAME_LENGTH] = text.length
    new Uint8Array(memory, start + NAME_AT * 4, NAME_WORDS * 4).set(text)
    const state = new State(entries)
    rulesOf(plan.kind).start(state, plan.config)
    if (isChained(plan)) startChain(state)
    new Int32Array(memory, start + BUFFERS_AT * 4, state.end).set(state.words.subarray(0, state.end))
    return offset
  }

  /** The memory of its slots and its data. */
  get data(): Extent {
    return this.ground.extent(this.#offset + this.words.byteLength / UNIT, this.#dataBytes)
  }

  /**
   * Decides an operation by the rules, perhaps several times; the last one counts. `look` is called each time before the decision is
   * published, with the slots of the items that leave by it: what it reads from them is right the last time.
   */
  run(asked: Operation, look?: (out: readonly number[], decided: Outcome) => void): Outcome {
    const { type } = asked
    at(type, "begun")
    if (this.#quick !== undefined) {
      const outcome = quickly(this.#quick, asked)
      if (outcome !== undefined) return outcome
    }
    for (;;) {
      const outcome = this.#decide(asked, look)
      // What a dead member still had may be why; nothing was changed, so it can be asked again, and looked at again.
      if (outcome.type === "waiting" || this.#copy.changed || !this.ground.tidied()) return outcome
    }
  }

  /** Takes back what the dead had, and wakes everyone: the dead may have been about to. */
  bury(dead: (owner: number) => boolean): void {
    this.change("bury", (state) => this.rules.bury(state, dead))
    this.admit()
    for (let n = 0; n < WAKE_WORDS; n++) this.ground.wakeAnyway(this.words, WAKE_AT + n)
  }

  /**
   * Lets in who waits to put, one by one, where more have room than the decision before could let in. Whoever buries the dead does so, and
   * does not look for more of them in between: those would be buried within that burial, and twice.
   */
  admit(): void {
    if (this.chain === undefined) return
    for (;;) {
      at(ADMIT.type, "begun")
      const outcome = this.#decide(ADMIT)
      if (outcome.type !== "done" || outcome.value === 0) return
    }
  }

  /** Changes the state by a decision that looks at nothing else; it may be taken several times, the last one counts. */
  change<R>(what: string, decide: (state: State) => R): R {
    for (;;) {
      const head = this.#begin()
      const result = decide(this.#copy)
      if (this.#publish(what, head)) return result
    }
  }

  #decide(asked: Operation, look?: (out: readonly number[], decided: Outcome) => void): Outcome {
    for (;;) {
      const head = this.#begin()
      at(asked.type, "read")
      const outcome = this.rules.decide(this.#copy, asked)
      look?.(this.#copy.out, outcome)
      if (this.#publish(asked.type, head)) return outcome
    }
  }

  /** Copies the published state; gives the head under which it was. */
  #begin(): number {
    const { words } = this
    const copy = this.#copy
    for (;;) {
      const head = Atomics.load(words, HEAD)
      if (!this.#read(head & 0xff, copy.words) || Atomics.load(words, HEAD) !== head) continue
      copy.begin()
      this.chain?.help(copy)
      return head
    }
  }

  /** Makes the copy the state, if it is still that of before; false when it is not. */
  #publish(what: string, head: number): boolean {
    const copy = this.#copy
    if (!copy.changed) return true
    const to = (head & 0xff) === this.#mine ? this.#mine + 1 : this.#mine
    this.#write(to, copy.words)
    at(what, "stored")
    // The version goes up; the shift drops its overflow.
    if (Atomics.compareExchange(this.words, HEAD, head, (((head >>> 8) + 1) << 8) | to) !== head) return false
    at(what, "committed")
    if (copy.woken.length > 0) {
      for (const ticket of copy.woken) this.ground.wake(this.words, this.wakeIndex(ticket))
      at(what, "woken")
    }
    return true
  }

  wakeIndex(ticket: number): number {
    return WAKE_AT + (ticket % WAKE_WORDS)
  }

  /** Whether what was read can be a state; while it is overwritten it may be anything. */
  #read(buffer: number, into: Int32Array): boolean {
    const { words } = this
    const start = BUFFERS_AT + buffer * this.#bufferWords
    const end = words[start] as number
    if (end < HEADER_WORDS || end > into.length) return false
    if (end <= 64) for (let n = 0; n < end; n++) into[n] = words[start + n] as number
    else into.set(words.subarray(start, start + end))
    return true
  }

  #write(buffer: number, from: Int32Array): void {
    const { words } = this
    const start = BUFFERS_AT + buffer * this.#bufferWords
    const end = from[0] as number
    if (end <= 64) for (let n = 0; n < end; n++) words[start + n] = from[n] as number
    else words.set(from.subarray(0, end), start)
  }
}

const ADMIT = operation("admit", 0)

/** Whether its items are a chain of slots: those of a pipe are, and of a queue that is first in first out. */
function isChained({ slots, config }: Plan): boolean {
  return slots !== undefined && config[1] === ORDER.fifo
}

function quickly(lock: QuickLock, { type, owner, ticket, amount }: Operation): Outcome | undefined {
  if (type === "acquire") return lock.acquire(owner, amount !== 0)
  if (type === "release") return lock.release(owner, ticket)
  return type === "check" ? lock.check(ticket) : undefined
}

function planIn(header: Int32Array): Plan {
  const count = header[SLOTS] as number
  return {
    kind: kindOf(header[KIND] as number),
    config: Array.from(header.slice(CONFIG, CONFIG + CONFIG_WORDS)),
    entries: header[ENTRIES] as number,
    ...(count === 0 ? {} : { slots: { count, bytes: header[SLOT_BYTES] as number } }),
    dataBytes: (header[DATA_BYTES] as number) * UNIT,
  }
}

function bufferWords(entries: number): number {
  // Whole cache lines, so that members do not write into each other's.
  return Math.ceil((HEADER_WORDS + entries * ENTRY_WORDS) / 16) * 16
}

function dataBytes({ slots, dataBytes = 0 }: Plan): number {
  const own = Math.ceil(dataBytes / UNIT) * UNIT
  return slots === undefined ? own : own + slotsBytes(slots)
}
