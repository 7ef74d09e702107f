// DeadlineQueue — many deadlines behind few timers.
// Owns the timers. Callers own what happens when one is due.
// D1  Entries of equal span stand in one list in the order they fall due, so that adding and removing are O(1).
// D2  A list keeps at most one timer. An empty one is given up with its timer, except for the list used last: asks that are made
//     one after the other would arm a timer each. It does not keep the program alive.

import { readClock } from "./wall-clock.js"

/** Something with a deadline. The links are the queue's own. */
export abstract class DeadlineEntry {
  /** When it is due, on the queue's clock. */
  dueAt = 0
  before: DeadlineEntry | undefined = undefined
  after: DeadlineEntry | undefined = undefined
  list: DeadlineList | undefined = undefined

  /** Called once when it is due. */
  abstract expire(): void
}

interface DeadlineList {
  readonly spanMs: number
  head: DeadlineEntry | undefined
  tail: DeadlineEntry | undefined
  timer: NodeJS.Timeout | undefined
}

/** Keeps deadlines in order and calls `expire` on each that is due, at most a few milliseconds late on a free loop. */
export class DeadlineQueue {
  readonly #lists = new Map<number, DeadlineList>()
  #last: DeadlineList | undefined

  /** Adds an entry that falls due in `spanMs`. Asks mostly share a few spans, and each span costs one list. */
  add(entry: DeadlineEntry, spanMs: number): void {
    let list = this.#last
    if (list?.spanMs !== spanMs) {
      if (list !== undefined && list.head === undefined) this.#giveUp(list)
      list = this.#lists.get(spanMs)
      if (list === undefined) {
        list = { spanMs, head: undefined, tail: undefined, timer: undefined }
        this.#lists.set(spanMs, list)
      }
      this.#last = list
    }
    entry.dueAt = readClock() + spanMs
    entry.list = list
    entry.before = list.tail
    if (list.tail === undefined) list.head = entry
    else list.tail.after = entry
    list.tail = entry
    if (list.timer === undefined) this.#arm(list, spanMs)
    else if (entry.before === undefined) list.timer.ref()
  }

  /** Takes an entry out; one that is not in is left alone. */
  remove(entry: DeadlineEntry): void {
    const list = entry.list
    if (list === undefined) return
    if (entry.before === undefined) list.head = entry.after
    else entry.before.after = entry.after
    if (entry.after === undefined) list.tail = entry.before
    else entry.after.before = entry.before
    entry.before = entry.after = entry.list = undefined
    if (list.head !== undefined) return
    if (list !== this.#last) this.#giveUp(list)
    else list.timer?.unref()
  }

  /** Forgets everything without expiring it. */
  clear(): void {
    for (const list of [...this.#lists.values()]) {
      for (let entry = list.head; entry !== undefined; entry = list.head) this.remove(entry)
      this.#giveUp(list)
    }
  }

  #giveUp(list: DeadlineList): void {
    clearTimeout(list.timer)
    list.timer = undefined
    if (this.#lists.get(list.spanMs) === list) this.#lists.delete(list.spanMs)
    if (this.#last === list) this.#last = undefined
  }

  #arm(list: DeadlineList, delayMs: number): void {
    // A timer may fire a fraction early; one millisecond more spares the second round. Node's own limit is 2^31 - 1.
    list.timer = setTimeout(() => this.#fire(list), Math.min(Math.ceil(delayMs) + 1, 0x7fff_ffff))
  }

  #fire(list: DeadlineList): void {
    list.timer = undefined
    const now = performance.now()
    for (let entry = list.head; entry !== undefined && entry.dueAt <= now; entry = list.head) {
      this.remove(entry)
      entry.expire()
    }
    this.#goOn(list, now)
  }

  #goOn(list: DeadlineList, now: number): void {
    if (list.head === undefined) this.#giveUp(list)
    // One that was added while the others expired may have armed it already.
    else if (list.timer === undefined) this.#arm(list, list.head.dueAt - now)
  }
}
