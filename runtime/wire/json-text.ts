// What JSON.parse does not say: where a text stops being JSON, how deep it nests, whether it names `__proto__`.

/** The first place where a text is not JSON (RFC 8259), and what it could have held there; undefined when it is JSON. */
export interface JsonFault {
  /** In characters from the start of the text. */
  readonly at: number
  readonly expected: string
}

const BLANK = /[ \t\n\r]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

const QUOTE = 0x22
const BACKSLASH = 0x5c

type Expecting = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" | "nothing"

const WORDS: Readonly<Record<Expecting, string>> = {
  value: "a value",
  "value-or-end": 'a value or "]"',
  key: "a key in quotes",
  "key-or-end": 'a key in quotes or "}"',
  colon: '":"',
  "comma-or-end": '"," or the closing bracket',
  nothing: "the end of the text",
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** Where the string that starts at `at` ends, or else the first character that cannot be part of it. */
function readString(text: string, at: number): { readonly end: number } | JsonFault {
  let next = at + 1
  for (; next < text.length; next++) {
    const code = text.charCodeAt(next)
    if (code === QUOTE) return { end: next + 1 }
    if (code < 0x20) break
    if (code !== BACKSLASH) continue
    const end = matchEnd(ESCAPE, text, next)
    if (end < 0) return { at: next, expected: "a valid escape" }
    next = end - 1
  }
  return { at: next, expected: next < text.length ? "no control character in a string" : "the closing quote" }
}

/** Reads the text only so far as to find its first fault: for the message about a text that JSON.parse has refused. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: string[] = []
  let expecting: Expecting = "value"
  let at = 0
  const afterValue = (): Expecting => (open.length === 0 ? "nothing" : "comma-or-end")
  for (;;) {
    at = matchEnd(BLANK, text, at)
    if (at >= text.length) return expecting === "nothing" ? undefined : { at, expected: WORDS[expecting] }
    const character = text[at] as string
    const inArray = open.at(-1) === "["
    switch (expecting) {
      case "value":
      case "value-or-end": {
        if (character === "[" || character === "{") {
          open.push(character)
          expecting = character === "[" ? "value-or-end" : "key-or-end"
          at++
          break
        }
        if (character === "]" && expecting === "value-or-end") {
          open.pop()
          expecting = afterValue()
          at++
          break
        }
        const read = character === '"' ? readString(text, at) : { end: matchEnd(SCALAR, text, at) }
        if ("expected" in read) return read
        if (read.end < 0) return { at, expected: WORDS[expecting] }
        at = read.end
        expecting = afterValue()
        break
      }
      case "key":
      case "key-or-end": {
        if (character === "}" && expecting === "key-or-end") {
          open.pop()
          expecting = afterValue()
          at++
          break
        }
        if (character !== '"') return { at, expected: WORDS[expecting] }
        const read = readString(text, at)
        if ("expected" in read) return read
        at = read.end
        expecting = "colon"
        break
      }
      case "colon":
        if (character !== ":") return { at, expected: WORDS.colon }
        expecting = "value"
        at++
        break
      case "comma-or-end":
        if (character === ",") expecting = inArray ? "value" : "key"
        else if (character === (inArray ? "]" : "}")) {
          open.pop()
          expecting = afterValue()
        } else return { at, expected: inArray ? '"," or "]"' : '"," or "}"' }
        at++
        break
      case "nothing":
        return { at, expected: WORDS.nothing }
    }
  }
}

/** How deep the brackets of some JSON bytes nest, counted no further than one above `limit`. */
export function jsonDepth(bytes: Uint8Array, limit: number): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (quoted) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) deepest = depth
      if (depth > limit) break
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return deepest
}

/** Whether an object in a parsed text has a key `__proto__`. The text is searched first, the value only when the key may be there. */
export function namesProto(text: string, parsed: unknown): boolean {
  return (text.includes("__proto__") || /\\u00(?:5f|70|72|6f|74)/i.test(text)) && holdsProto(parsed)
}

function holdsProto(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(holdsProto)
}
