// WordTally — what was counted of a text so far, given piece by piece.
// Owns the counts and the word that the end of the last piece may have cut.
// W1  The result does not depend on where the text was cut into pieces.
// W2  Memory is bounded: at most `distinctLimit` words are remembered, each by its first 1,000 UTF-16 units.
// W3  No count is too high, and none is too low by more than `missed`, which is 0 as long as all words fit.
// The bound is that of Misra and Gries, "Finding repeated elements" (1982).

/** The most frequent words first; equally frequent ones in the order of their code points. */
export interface WordFrequency {
  readonly word: string
  readonly count: number
}

// Words are letters with their marks, digits, and apostrophes, which do not count at either end: "don't" is a word, 'this' is "this".
const GAP = /[^\p{L}\p{M}\p{N}'’]+/u
const PLAIN = /^[a-z0-9]+$/
const AT_THE_ENDS = /^'+|[\uD800-\uDBFF]?'*$/g
const WORD_LIMIT = 1000
const LINE_FEED = 10

export class WordTally {
  readonly #distinctLimit: number
  readonly #counts = new Map<string, number>()
  #open = ""
  #words = 0
  #characters = 0
  #lineFeeds = 0
  #lastUnit = LINE_FEED
  #missed = 0

  constructor(distinctLimit = 200_000) {
    this.#distinctLimit = distinctLimit
  }

  /** Unicode code points. */
  get characters(): number {
    return this.#characters
  }

  /** A last line without a line feed counts too. */
  get lines(): number {
    return this.#lineFeeds + (this.#lastUnit === LINE_FEED ? 0 : 1)
  }

  get words(): number {
    return this.#words
  }

  /** By how much a frequency may be too low. */
  get missed(): number {
    return this.#missed
  }

  /** Counts one more piece. A piece must not end between the halves of a surrogate pair. */
  add(piece: string): void {
    if (piece === "") return
    this.#countUnits(piece)
    const [first = "", ...others] = piece.split(GAP)
    this.#open = (this.#open + first).slice(0, WORD_LIMIT)
    for (const run of others) {
      this.#close()
      this.#open = run.slice(0, WORD_LIMIT)
    }
  }

  /** Counts the word that the last piece ended with. */
  end(): void {
    this.#close()
  }

  top(n: number): WordFrequency[] {
    const all = [...this.#counts].map(([word, count]) => ({ word, count }))
    return all.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1)).slice(0, n)
  }

  #countUnits(piece: string): void {
    for (let at = 0; at < piece.length; at++) {
      const unit = piece.charCodeAt(at)
      if (unit === LINE_FEED) this.#lineFeeds++
      // The second half of a surrogate pair is no character of its own.
      if ((unit & 0xfc00) !== 0xdc00) this.#characters++
    }
    this.#lastUnit = piece.charCodeAt(piece.length - 1)
  }

  #close(): void {
    if (this.#open === "") return
    const word = PLAIN.test(this.#open) ? this.#open : canonical(this.#open)
    this.#open = ""
    if (word === "") return
    this.#words++
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
    if (this.#counts.size > this.#distinctLimit) this.#forgetRareWords()
  }

  /** Takes the median count from every word, and forgets those with nothing left: at least half of them. */
  #forgetRareWords(): void {
    const counts = Uint32Array.from(this.#counts.values()).sort()
    const median = counts[counts.length >> 1] ?? 0
    for (const [word, count] of this.#counts) {
      if (count > median) this.#counts.set(word, count - median)
      else this.#counts.delete(word)
    }
    this.#missed += median
  }
}

/** One form for a word, however it was written. */
function canonical(run: string): string {
  return run.normalize("NFC").replaceAll("’", "'").toLowerCase().replace(AT_THE_ENDS, "")
}
