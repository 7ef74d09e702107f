import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WordTally } from "../../actors/word-count/word-tally.js"

function tallyOf(...pieces: string[]): WordTally {
  const tally = new WordTally()
  for (const piece of pieces) tally.add(piece)
  tally.end()
  return tally
}

function wordsOf(...pieces: string[]): Record<string, number> {
  return Object.fromEntries(
    tallyOf(...pieces)
      .top(Infinity)
      .map(({ word, count }) => [word, count]),
  )
}

function figuresOf(tally: WordTally): unknown {
  return { lines: tally.lines, words: tally.words, characters: tally.characters, top: tally.top(Infinity), missed: tally.missed }
}

describe("a word tally", () => {
  it("knows words of every script, with digits and inner apostrophes", () => {
    expect(wordsOf("Don't stop — Zürich, Αθήνα; 東京 नमस्ते 2nd 'quoted' well-known\n")).toEqual({
      "don't": 1,
      stop: 1,
      zürich: 1,
      αθήνα: 1,
      東京: 1,
      नमस्ते: 1,
      "2nd": 1,
      quoted: 1,
      well: 1,
      known: 1,
    })
  })

  it("takes no notice of case, of the form of accents, and of the form of apostrophes", () => {
    expect(wordsOf("Café CAFE\u0301 cafe\u0301 it’s IT'S")).toEqual({ café: 3, "it's": 2 })
  })

  it("counts no word where there are only marks between words", () => {
    expect(tallyOf(" '' — ... !? ’ ").words).toBe(0)
  })

  it("counts lines as an editor does", () => {
    expect(["", "a", "a\n", "a\nb", "a\r\nb\r\n", "\n\n"].map((text) => tallyOf(text).lines)).toEqual([0, 1, 1, 2, 2, 2])
  })

  it("counts characters, not their halves", () => {
    expect(tallyOf("a😀é\n").characters).toBe(4)
  })

  it("lists the most frequent first, and equally frequent ones by code point", () => {
    const tally = tallyOf("b a c b é a b")
    expect(tally.top(3)).toEqual([
      { word: "b", count: 3 },
      { word: "a", count: 2 },
      { word: "c", count: 1 },
    ])
    expect(tally.top(0)).toEqual([])
  })

  it("remembers a word by its first thousand units, however long it is", () => {
    const long = "é".repeat(5000)
    const tally = tallyOf(long.slice(0, 1500), long.slice(1500), " x")
    expect(tally.words).toBe(2)
    expect(tally.top(1)[0]?.word).toBe("x")
    expect(tally.top(2)[1]?.word).toBe("é".repeat(1000))
    expect(tallyOf("𝔞".repeat(999) + "b").top(1)[0]?.word).toHaveLength(1000)
    expect(tallyOf("b" + "𝔞".repeat(999)).top(1)[0]?.word).toHaveLength(999)
  })

  it("the tally does not depend on where the text is cut into chunks, also within a character", () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(...Array.from("ab 'é’東\n\r-😀𝔞\u0301")), fc.string({ unit: "binary", maxLength: 1 })),
    })
    fc.assert(
      fc.property(text, fc.array(fc.nat(200)), (whole, cuts) => {
        const bytes = Buffer.from(whole)
        const decoder = new TextDecoder()
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, i) => decoder.decode(bytes.subarray(at[i], end), { stream: true }))
        expect(figuresOf(tallyOf(...pieces, decoder.decode()))).toEqual(figuresOf(tallyOf(new TextDecoder().decode(bytes))))
      }),
      { numRuns: 300 },
    )
  })

  it("W2, W3 remembers so many words at most, and says by how much a count may be too low", () => {
    const words = fc.array(fc.oneof(fc.constantFrom("a", "b", "c"), fc.nat(50).map(String)), { maxLength: 400 })
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 20 }), (given, limit) => {
        const tally = new WordTally(limit)
        for (const word of given) tally.add(`${word} `)
        const exact = new Map<string, number>()
        for (const word of given) exact.set(word, (exact.get(word) ?? 0) + 1)
        const counted = new Map(tally.top(Infinity).map(({ word, count }) => [word, count]))
        expect(tally.words).toBe(given.length)
        expect(counted.size).toBeLessThanOrEqual(limit)
        for (const [word, count] of exact) {
          const found = counted.get(word) ?? 0
          expect(found).toBeLessThanOrEqual(count)
          expect(found).toBeGreaterThanOrEqual(count - tally.missed)
        }
      }),
    )
  })
})
