// State — what a primitive is, as a few words of memory: fields, and a list of who holds and who waits, in order.
// Rules (rules/) decide on it; an engine keeps it, in shared memory or in an owning actor, and makes each change whole.
// Words: [0] how many are in use, [1] the last ticket, [2] the last fence, [3..7] fields, then the entries.

export const HEADER_WORDS = 8
export const ENTRY_WORDS = 5
const FIELDS_AT = 3

/** What an entry is for. Which of them a primitive knows is its rules' business. */
export const ROLE = {
  waiting: 1,
  holding: 2,
  /** Granted, and not noticed yet by who waited. */
  granted: 3,
  /** Waits to be notified; holds nothing meanwhile. */
  parked: 4,
  broken: 5,
  item: 6,
  putting: 7,
  getting: 8,
  taken: 9,
  joining: 10,
  end: 11,
  /** Nobody's: where a chain of items begins and ends. */
  chain: 12,
} as const
export type Role = (typeof ROLE)[keyof typeof ROLE]

/** Owners are numbered `member * 2^PARTY_BITS + party`: a member is what can die alone. */
export const PARTY_BITS = 20

export function memberOf(owner: number): number {
  return owner >>> PARTY_BITS
}

export class State {
  readonly words: Int32Array
  /** Whether a rule has changed anything. */
  changed = false
  /** The tickets of those who have something to look at. */
  readonly woken: number[] = []
  /** The slots of items that have left. */
  readonly out: number[] = []

  constructor(entries: number) {
    this.words = new Int32Array(HEADER_WORDS + entries * ENTRY_WORDS)
    this.words[0] = HEADER_WORDS
  }

  /** Forgets what was noted of the decision before. */
  begin(): void {
    this.changed = false
    // To set a length takes longer than all the rest, and there are few.
    while (this.woken.length > 0) this.woken.pop()
    while (this.out.length > 0) this.out.pop()
  }

  /** Where the first entry is not. */
  get end(): number {
    return this.words[0] as number
  }

  get first(): number {
    return HEADER_WORDS
  }

  get fence(): number {
    return this.words[2] as number
  }

  /** Room for so many more entries. */
  hasRoom(entries = 1): boolean {
    return this.end + entries * ENTRY_WORDS <= this.words.length
  }

  nextFence(): number {
    this.changed = true
    return (this.words[2] = (this.fence + 1) | 0)
  }

  field(n: number): number {
    return this.words[FIELDS_AT + n] as number
  }

  setField(n: number, value: number): void {
    this.words[FIELDS_AT + n] = value
    this.changed = true
  }

  role(at: number): number {
    return this.words[at] as number
  }

  owner(at: number): number {
    return this.words[at + 1] as number
  }

  ticket(at: number): number {
    return this.words[at + 2] as number
  }

  arg(at: number): number {
    return this.words[at + 3] as number
  }

  extra(at: number): number {
    return this.words[at + 4] as number
  }

  setRole(at: number, role: Role): void {
    this.words[at] = role
    this.changed = true
  }

  setOwner(at: number, owner: number): void {
    this.words[at + 1] = owner
    this.changed = true
  }

  setArg(at: number, arg: number): void {
    this.words[at + 3] = arg
    this.changed = true
  }

  setExtra(at: number, extra: number): void {
    this.words[at + 4] = extra
    this.changed = true
  }

  /** Adds an entry at the end; gives its ticket. */
  add(role: Role, owner: number, values?: { arg?: number; extra?: number }): number {
    return this.insert(this.end, { role, owner, arg: values?.arg ?? 0, extra: values?.extra ?? 0 })
  }

  /** Adds an entry before the one at `at`; gives its ticket. */
  insert(at: number, entry: { role: Role; owner: number; arg: number; extra: number }): number {
    const { words } = this
    const end = this.end
    if (at < end) words.copyWithin(at + ENTRY_WORDS, at, end)
    // Tickets are above 0, also after 2^31 of them.
    const ticket = ((words[1] as number) + 1) & 0x7fff_ffff || 1
    words[1] = ticket
    words[0] = end + ENTRY_WORDS
    words[at] = entry.role
    words[at + 1] = entry.owner
    words[at + 2] = ticket
    words[at + 3] = entry.arg
    words[at + 4] = entry.extra
    this.changed = true
    return ticket
  }

  remove(at: number): void {
    const { words } = this
    const end = this.end
    if (at + ENTRY_WORDS < end) words.copyWithin(at, at + ENTRY_WORDS, end)
    words[0] = end - ENTRY_WORDS
    this.changed = true
  }

  /** Puts the entry at `at` last. Gives its new place. */
  moveToEnd(at: number): number {
    const { words } = this
    const entry = words.slice(at, at + ENTRY_WORDS)
    words.copyWithin(at, at + ENTRY_WORDS, this.end)
    const to = this.end - ENTRY_WORDS
    words.set(entry, to)
    this.changed = true
    return to
  }

  /** Where the first entry of a role is, -1 when there is none. */
  firstOf(role: Role, from = HEADER_WORDS): number {
    const end = this.end
    for (let at = from; at < end; at += ENTRY_WORDS) if (this.words[at] === role) return at
    return -1
  }

  /** Where the first entry of a role and owner is, -1 when there is none. */
  firstOwned(role: Role, owner: number): number {
    const end = this.end
    for (let at = HEADER_WORDS; at < end; at += ENTRY_WORDS)
      if (this.words[at] === role && this.words[at + 1] === owner) return at
    return -1
  }

  /** Where the entry with a ticket is, -1 when it is gone. */
  withTicket(ticket: number): number {
    const end = this.end
    for (let at = HEADER_WORDS; at < end; at += ENTRY_WORDS) if (this.words[at + 2] === ticket) return at
    return -1
  }

  count(role: Role): number {
    let count = 0
    for (let at = this.firstOf(role); at >= 0; at = this.firstOf(role, at + ENTRY_WORDS)) count++
    return count
  }

  wake(at: number): void {
    this.woken.push(this.ticket(at))
  }

  /** Takes every entry of a role out and wakes who waits with it. Gives how many there were. */
  dismiss(role: Role): number {
    let count = 0
    for (let at = this.firstOf(role); at >= 0; at = this.firstOf(role, at)) {
      this.wake(at)
      this.remove(at)
      count++
    }
    return count
  }

  /** Takes every entry out that belongs to who died; `each` sees it before. */
  bury(dead: (owner: number) => boolean, each?: (at: number) => "keep" | "remove"): number {
    let count = 0
    for (let at = HEADER_WORDS; at < this.end;) {
      if (this.role(at) !== ROLE.item && dead(this.owner(at)) && each?.(at) !== "keep") {
        this.remove(at)
        count++
      } else at += ENTRY_WORDS
    }
    return count
  }
}
