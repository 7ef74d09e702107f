// Tagged — the one msgpack extension through which everything passes that msgpack lacks.
// Owns extension type 0x54 of msgpackr, whose registry is one per program. What a tag means belongs to the codec that encodes or
// decodes at the moment.
// T1  A tagged value is `d4 54 00 92 <tag> <content>`: the scanner accepts no other form.
// T2  A reader is in place only while its codec decodes; decoding is synchronous, so no two codecs meet here.

import { addExtension } from "./msgpackr.js"

/** The msgpack extension type of a tagged value. */
export const TAGGED_TYPE = 0x54

/** A value in a form of its own: what it is (0–127) and the data it is made from. */
export class Tagged {
  readonly tag: number
  readonly content: unknown

  constructor(tag: number, content: unknown) {
    this.tag = tag
    this.content = content
  }
}

/** Makes the value of a tag from its content, which may be anything; throws when it makes no sense. */
export type TagReader = (tag: unknown, content: unknown) => unknown

let reader: TagReader | undefined

/** Runs `decode` while `tags` gives tagged values their meaning. */
export function readingTags<T>(tags: TagReader, decode: () => T): T {
  const outer = reader
  reader = tags
  try {
    return decode()
  } finally {
    reader = outer
  }
}

addExtension({
  Class: Tagged,
  type: TAGGED_TYPE,
  write: (tagged: Tagged) => [tagged.tag, tagged.content],
  read: (pair: unknown) => {
    if (reader === undefined || !Array.isArray(pair) || pair.length !== 2) throw new Error("a tagged value outside a message")
    return reader(pair[0], pair[1])
  },
})
