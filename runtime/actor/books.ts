// Books — what became of every message sent to one actor or host (promise M7).
// B1  sent = handled + failed + expired + dropped + deadLettered + lost + in flight; in flight is what remains.

/** Counts of user messages. `failed`: answered with an error, or thrown. `lost`: gone with a host that died. */
export interface BooksView {
  readonly sent: number
  readonly handled: number
  readonly failed: number
  readonly expired: number
  readonly dropped: number
  readonly deadLettered: number
  readonly lost: number
  readonly inFlight: number
}

/** What the owner of a host counted of the messages to its actor: posted, not left yet, and come back for good. */
export interface Posted {
  readonly posted: number
  readonly waiting: number
  readonly refused: number
}

/** What the host counted: everything that came, what became of it, and from whom it came. */
export interface Received {
  readonly books: Counts
  readonly came: Readonly<Record<string, number>>
}

/** What another host counted of its messages to an incarnation that died: left and not come back, and come back for good. */
export interface Reported {
  readonly asker: string
  readonly incarnation: number
  readonly left: number
  readonly refused: number
}

/** Reports of others come at once, or not at all. */
const REMEMBERED = 4

type Counts = Omit<BooksView, "inFlight">

/** How many counts there are. */
export const BOOKS_WORDS = 7

/** Where the counts of one actor or host are written. */
export abstract class Account implements Counts {
  abstract sent: number
  abstract handled: number
  abstract failed: number
  abstract expired: number
  abstract dropped: number
  abstract deadLettered: number
  abstract lost: number

  view(): BooksView {
    const { sent, handled, failed, expired, dropped, deadLettered, lost } = this
    return { sent, handled, failed, expired, dropped, deadLettered, lost, inFlight: sent - this.settled() }
  }

  settled(): number {
    return this.handled + this.failed + this.expired + this.dropped + this.deadLettered + this.lost
  }

  /** Adds another's counts to these. */
  add(other: Counts): void {
    this.sent += other.sent
    this.handled += other.handled
    this.failed += other.failed
    this.expired += other.expired
    this.dropped += other.dropped
    this.deadLettered += other.deadLettered
    this.lost += other.lost
  }
}

/** Books that nobody else reads. */
export class Books extends Account {
  sent = 0
  handled = 0
  failed = 0
  expired = 0
  dropped = 0
  deadLettered = 0
  lost = 0
}

/** Books whose counts stand in memory that someone else may read. */
export class SharedBooks extends Account {
  readonly #counts: Float64Array
  readonly #changed: (() => void) | undefined

  /** `memory` has BOOKS_WORDS words; `changed` is told of each change. */
  constructor(memory: Float64Array, changed?: () => void) {
    super()
    this.#counts = memory
    this.#changed = changed
  }

  get sent(): number {
    return this.#counts[0] ?? 0
  }
  set sent(count: number) {
    this.#set(0, count)
  }

  get handled(): number {
    return this.#counts[1] ?? 0
  }
  set handled(count: number) {
    this.#set(1, count)
  }

  get failed(): number {
    return this.#counts[2] ?? 0
  }
  set failed(count: number) {
    this.#set(2, count)
  }

  get expired(): number {
    return this.#counts[3] ?? 0
  }
  set expired(count: number) {
    this.#set(3, count)
  }

  get dropped(): number {
    return this.#counts[4] ?? 0
  }
  set dropped(count: number) {
    this.#set(4, count)
  }

  get deadLettered(): number {
    return this.#counts[5] ?? 0
  }
  set deadLettered(count: number) {
    this.#set(5, count)
  }

  get lost(): number {
    return this.#counts[6] ?? 0
  }
  set lost(count: number) {
    this.#set(6, count)
  }

  #set(word: number, count: number): void {
    this.#counts[word] = count
    this.#changed?.()
  }
}

/** What is known of an actor with a host of its own. */
export interface Counted {
  readonly posted: Posted
  readonly received: Received
}

/** The books of an actor whose host may die, over all its incarnations. */
export interface HostBooks {
  /** As they stand now. */
  view(counted: Counted): BooksView
  /** An incarnation is dead. */
  close(incarnation: number, counted: Counted): void
  /** Takes what another host had sent to an incarnation that died. */
  report(reported: Reported): void
}

/**
 * The books of an actor whose host may die, as the owner of the host keeps them: over all its incarnations. The owner counts what it
 * posts itself, a host what came from others and what became of all that came.
 */
export class OwnersBooks implements HostBooks {
  /** The owner as the host names it. */
  readonly #owner: string
  readonly #past = new Books()
  /** Messages of others to incarnations that are over. */
  #ofOthers = 0
  readonly #came = new Map<number, Received["came"]>()

  constructor(owner: string) {
    this.#owner = owner
  }

  /** As they stand now. */
  view({ posted, received }: Counted): BooksView {
    const now = new Books()
    now.add(this.#past.view())
    now.add(received.books)
    now.deadLettered += posted.refused
    now.sent = posted.posted + this.#ofOthers + this.#fromOthers(received)
    return now.view()
  }

  /** An incarnation is dead: what it had not settled is lost, except for what waits for the next. */
  close(incarnation: number, { posted, received }: Counted): void {
    this.#past.add(received.books)
    this.#ofOthers += this.#fromOthers(received)
    this.#past.lost += posted.posted - posted.waiting + this.#ofOthers - this.#past.settled() - posted.refused
    this.#came.set(incarnation, received.came)
    this.#came.delete(incarnation - REMEMBERED)
  }

  /** What another host had sent and never came is lost as well. */
  report({ asker, incarnation, left, refused }: Reported): void {
    const came = this.#came.get(incarnation)
    if (came === undefined) return
    const lost = Math.max(0, left - (came[asker] ?? 0))
    this.#past.lost += lost
    this.#past.deadLettered += refused
    this.#ofOthers += lost + refused
  }

  #fromOthers({ books, came }: Received): number {
    return books.sent - (came[this.#owner] ?? 0)
  }
}
