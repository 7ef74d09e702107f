// word-count — a long job done well: it streams a text file of any size in flat memory, publishes how far it is, and stops when
// nobody wants the answer any more. Text is UTF-8; bytes that are none count as U+FFFD.
// A word is a run of letters, digits and apostrophes, whatever the script; case and the form of accents make no difference.
//
//   npx troupe ask word-count count '{"path":"README.md","top":5}'
//   npx troupe ask word-count count '{"path":"/var/log/syslog"}' --timeout 60s
//   npx troupe events word-count.progress

import { z } from "zod"
import { Actor, actor, AnswerError, handler } from "../runtime/index.js"
import { chunksOf, type ReadOptions } from "./files/input-file.js"
import { type WordFrequency, WordTally } from "./word-count/word-tally.js"

const Input = z.object({ path: z.string().min(1), top: z.int().min(0).max(1000).default(10) })

/** What was counted. `top` lists the most frequent words; each count may be too low by `missed`, 0 but for huge vocabularies. */
export interface WordCounts {
  readonly path: string
  readonly bytes: number
  readonly lines: number
  readonly words: number
  /** Unicode code points, without a byte order mark. */
  readonly characters: number
  readonly top: readonly WordFrequency[]
  readonly missed: number
}

@actor({ kind: "word-count", module: import.meta.url, description: "Counts the words of a text file and publishes its progress" })
export class WordCount extends Actor {
  /** @throws {AnswerError} ERR_BINARY_FILE for a file with a NUL byte, or an error of `chunksOf`. */
  @handler({ input: Input })
  count({ path, top = 10 }: z.input<typeof Input>): Promise<WordCounts> {
    const onProgress: ReadOptions["onProgress"] = (progress) => this.context.publish("word-count.progress", progress)
    return countWords({ path, top }, { signal: this.context.signal, onProgress })
  }
}

/** Counts a file, one piece in memory at a time. */
export async function countWords(input: { path: string; top: number }, options: ReadOptions = {}): Promise<WordCounts> {
  const { path, top } = input
  const tally = new WordTally()
  // A character whose bytes lie in two chunks is kept back by the decoder until it is whole.
  const decoder = new TextDecoder("utf-8")
  let bytes = 0
  for await (const chunk of chunksOf(path, options)) {
    const nul = chunk.indexOf(0)
    if (nul >= 0) throw binary(path, bytes + nul)
    bytes += chunk.length
    tally.add(decoder.decode(chunk, { stream: true }))
  }
  tally.add(decoder.decode())
  tally.end()
  const { lines, words, characters, missed } = tally
  return { path, bytes, lines, words, characters, top: tally.top(top), missed }
}

function binary(path: string, offset: number): AnswerError {
  return new AnswerError("ERR_BINARY_FILE", `${path}: it is no text in UTF-8: byte ${String(offset)} is NUL`, { path, offset })
}
