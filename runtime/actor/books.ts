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

export class Books {
  sent = 0
  handled = 0
  failed = 0
  expired = 0
  dropped = 0
  deadLettered = 0
  lost = 0

  view(): BooksView {
    const { sent, handled, failed, expired, dropped, deadLettered, lost } = this
    return { sent, handled, failed, expired, dropped, deadLettered, lost, inFlight: sent - this.settled() }
  }

  settled(): number {
    return this.handled + this.failed + this.expired + this.dropped + this.deadLettered + this.lost
  }

  /** Adds another's counts to these. */
  add(other: Omit<BooksView, "inFlight">): void {
    this.sent += other.sent
    this.handled += other.handled
    this.failed += other.failed
    this.expired += other.expired
    this.dropped += other.dropped
    this.deadLettered += other.deadLettered
    this.lost += other.lost
  }
}
