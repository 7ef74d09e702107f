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
interface Posted {
  readonly posted: number
  readonly waiting: number
  readonly refused: number
}

/** What the host counted: everything that came, and of it what the owner had posted. */
interface Received {
  readonly books: Counts
  readonly ofOwner: number
}

type Counts = Omit<BooksView, "inFlight">

/** How many counts there are. */
export const BOOKS_WORDS = 7

export class Books {
  readonly #counts: Float64Array
  readonly #changed: (() => void) | undefined

  /** The counts stand in `memory`, which someone else may read; `changed` is told of each change. */
  constructor(memory: Float64Array = new Float64Array(BOOKS_WORDS), changed?: () => void) {
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

  #set(word: number, count: number): void {
    this.#counts[word] = count
    this.#changed?.()
  }
}

/**
 * The books of an actor whose host may die, as the owner of the host keeps them: over all its incarnations. The owner counts what it
 * posts itself, a host what came from others and what became of all that came.
 */
export class OwnersBooks {
  readonly #past = new Books()
  /** Messages of others that came to incarnations that are over. */
  #ofOthers = 0

  /** A former owner had posted as many to the incarnation that runs. */
  inherit(ofOwner: number): void {
    this.#ofOthers += ofOwner
  }

  /** As they stand now. */
  view(posted: Posted, { books, ofOwner }: Received): BooksView {
    const now = new Books()
    now.add(this.#past.view())
    now.add(books)
    now.deadLettered += posted.refused
    now.sent = posted.posted + this.#ofOthers + books.sent - ofOwner
    return now.view()
  }

  /** An incarnation is dead: what it had not settled is lost, except for what waits for the next. */
  close(posted: Posted, { books, ofOwner }: Received): void {
    this.#past.add(books)
    this.#ofOthers += books.sent - ofOwner
    this.#past.lost += posted.posted - posted.waiting + this.#ofOthers - this.#past.settled() - posted.refused
  }
}
