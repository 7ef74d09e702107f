// Where a JSON text goes wrong. What JSON.parse says differs from one Node.js to the next and often names no place;
// this finds the place, and a key that stands twice, which JSON.parse lets pass.

const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[ !#-[\]-\uffff]*)*"/y
const BLANK = /[ \t\r\n]*/y
const DEEPEST = 200

/** The first fault of a text: where, and what should stand there. Lines and columns count from 1. */
export interface JsonFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

class Fault extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** The first fault in a JSON text, or undefined when there is none. */
export function findJsonFault(text: string): JsonFault | undefined {
  try {
    new Scan(text).whole()
    return undefined
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const before = text.slice(0, error.offset)
    const line = before.split("\n").length
    return { line, column: error.offset - before.lastIndexOf("\n"), message: error.message }
  }
}

class Scan {
  readonly #text: string
  #offset = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): void {
    this.#value(0)
    if (this.#next() !== "") throw this.#expected("the end of the file")
  }

  #value(depth: number): void {
    if (depth > DEEPEST) throw new Fault(this.#offset, `nested more than ${String(DEEPEST)} levels deep`)
    const next = this.#next()
    if (next === "{")
      this.#list("}", () => {
        this.#members(depth)
      })
    else if (next === "[")
      this.#list("]", () => {
        this.#items(depth)
      })
    else if (next === '"') this.#string("a text")
    else if (!this.#take(LITERAL)) throw this.#expected("a value")
  }

  #list(end: string, content: () => void): void {
    this.#offset += 1
    if (this.#next() !== end) content()
    if (this.#next() !== end) throw this.#expected(`"," or "${end}"`)
    this.#offset += 1
  }

  #members(depth: number): void {
    const keys = new Set<string>()
    do {
      this.#next()
      const at = this.#offset
      const key = this.#string("a key in double quotes")
      if (keys.has(key)) throw new Fault(at, `the key "${key.slice(0, 64)}" stands twice in one object`)
      keys.add(key)
      if (this.#next() !== ":") throw this.#expected('":"')
      this.#offset += 1
      this.#value(depth + 1)
    } while (this.#comma())
  }

  #items(depth: number): void {
    do this.#value(depth + 1)
    while (this.#comma())
  }

  #comma(): boolean {
    if (this.#next() !== ",") return false
    this.#offset += 1
    return true
  }

  #string(expected: string): string {
    const from = this.#offset
    if (this.#text[from] !== '"') throw this.#expected(expected)
    if (!this.#take(STRING)) throw new Fault(from, "this text does not end on its line, or has a bad escape")
    return JSON.parse(this.#text.slice(from, this.#offset)) as string
  }

  /** The next character after blanks, "" at the end. */
  #next(): string {
    this.#take(BLANK)
    return this.#text[this.#offset] ?? ""
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset
    if (!pattern.test(this.#text)) return false
    this.#offset = pattern.lastIndex
    return true
  }

  #expected(what: string): Fault {
    const point = this.#text.codePointAt(this.#offset)
    const got = point === undefined ? "the end of the file" : JSON.stringify(String.fromCodePoint(point))
    return new Fault(this.#offset, `expected ${what}, got ${got}`)
  }
}
