// MsgpackSubstitution — what stands in for values that msgpack lacks, and how they come back.
// Owns the tags 0–15; those from 16 belong to the extensions a codec is made with.

import { TYPED_ARRAYS } from "../parallel/typed-arrays.js"
import { TroupeError } from "../errors.js"
import type { CodecLimits } from "./codec.js"
import { decodeError, encodeError } from "./error-codec.js"
import { Tagged } from "./msgpack-tag.js"
import { kindOf, nameOfKind } from "./value-kind.js"
import { ValueWalk } from "./value-walk.js"

/** A class of a program whose instances cross as data of their own making. */
export interface MsgpackExtension {
  /** Names the class in the bytes, the same in every program: 16–127. */
  readonly type: number
  readonly Class: abstract new (...args: never[]) => object
  /** The data an instance is made from again; it may hold whatever a message may hold, so nothing in it needs encoding here. */
  pack(instance: object): unknown
  /**
   * Makes the instance again. The data came from outside: check it, and throw when it is wrong. Decoding further msgpack in here
   * works, but makes Buffers that follow in the outer message arrive as Uint8Arrays.
   */
  unpack(content: unknown): unknown
}

const MAP = 1
const SET = 2
const ERROR = 3
const REGEXP = 4
const BIGINT = 5
const NEGATIVE_ZERO = 6
const UTF16 = 7

const VIEW_CLASSES: ReadonlySet<unknown> = new Set(TYPED_ARRAYS)

export class MsgpackWalk extends ValueWalk {
  readonly #extensions: readonly MsgpackExtension[]

  constructor(limits: CodecLimits, extensions: readonly MsgpackExtension[]) {
    super(limits)
    this.#extensions = extensions
  }

  protected override oddString(text: string): unknown {
    return new Tagged(UTF16, Buffer.from(text, "utf16le"))
  }

  protected override oddNumber(value: number): unknown {
    return value === 0 ? new Tagged(NEGATIVE_ZERO, null) : value
  }

  protected override bigint(value: bigint): unknown {
    const form = bigintForm(value)
    if (form instanceof Tagged) this.weigh((form.content as string).length)
    return form
  }

  protected override special(value: object, depth: number): unknown {
    const extension = this.#extensions.find(({ Class }) => value instanceof Class)
    if (extension !== undefined) return this.#extended(value, extension, depth)
    const kind = kindOf(value)
    switch (kind) {
      case "date":
        return value instanceof Date ? value : new Date(Number(value))
      case "map":
        return this.#map(value as Map<unknown, unknown>, depth)
      case "set":
        return this.#tagged(
          SET,
          this.list([...(value as Set<unknown>)], depth + 1, { owner: value, segment: (index) => `.values()[${String(index)}]` }),
        )
      case "error":
        return this.#tagged(ERROR, this.inside(encodeError(value, { keeps: (part) => this.#isExtended(part) }), depth + 1, value))
      case "regexp":
        return new Tagged(REGEXP, [(value as RegExp).source, (value as RegExp).flags])
      case "buffer":
      case "data-view":
        this.weigh((value as DataView).byteLength)
        return value
      case "array-buffer":
        this.weigh((value as ArrayBuffer).byteLength)
        return value instanceof ArrayBuffer ? value : new Uint8Array(value as ArrayBuffer).slice().buffer
      case "typed-array":
        return this.#view(value as NodeJS.TypedArray)
      case "instance":
        return this.fields(value, depth)
      case "handle":
        return this.refuse(nameOfKind(value))
    }
  }

  #map(map: Map<unknown, unknown>, depth: number): unknown {
    const flat: unknown[] = []
    for (const [key, item] of map) flat.push(key, item)
    return this.#tagged(MAP, this.list(flat, depth + 1, { owner: map, segment: (index) => mapSegment(map, index) }))
  }

  #extended(value: object, extension: MsgpackExtension, depth: number): unknown {
    let content: unknown
    try {
      content = extension.pack(value)
    } catch (thrown) {
      return thrown instanceof TroupeError ? this.refuse(thrown.message, thrown) : this.refuse(nameOfKind(value), thrown)
    }
    return this.#tagged(extension.type, this.inside(content, depth + 1, value))
  }

  #isExtended(value: object): boolean {
    return this.#extensions.some(({ Class }) => value instanceof Class)
  }

  #tagged(tag: number, content: unknown): unknown {
    return content === ValueWalk.refused ? content : new Tagged(tag, content)
  }

  /** Typed arrays go as they are; those of a subclass or of another realm as the class they stem from. */
  #view(view: NodeJS.TypedArray): unknown {
    this.weigh(view.byteLength)
    if (VIEW_CLASSES.has(view.constructor)) return view
    for (const Class of VIEW_CLASSES as ReadonlySet<new (...from: never[]) => NodeJS.TypedArray>) {
      if (Class.name !== view[Symbol.toStringTag]) continue
      const of = Class as unknown as new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NodeJS.TypedArray
      return new of(view.buffer, view.byteOffset, view.length)
    }
    return this.refuse(`a ${view[Symbol.toStringTag]}`)
  }
}

const INT64 = 2n ** 63n
const UINT64 = 2n ** 64n
/** An integer of msgpack up to this one is read as a number. */
const EXACT = 2n ** 53n

/** How a bigint goes: as msgpack's own integer where that comes back as a bigint, else tagged. */
export function bigintForm(value: bigint): bigint | Tagged {
  const comesBack = (value > EXACT && value < UINT64) || (value < -EXACT && value >= -INT64)
  return comesBack ? value : new Tagged(BIGINT, value.toString(16))
}

function mapSegment(map: Map<unknown, unknown>, index: number): string {
  const key = [...map.keys()][index >> 1]
  if (index % 2 === 0 || (typeof key === "object" && key !== null))
    return `.${index % 2 === 0 ? "keys" : "values"}()[${String(index >> 1)}]`
  return `.get(${typeof key === "string" ? JSON.stringify(key) : String(key)})`
}

/**
 * Makes the value of a tag.
 * @throws {Error} when the content does not fit the tag, or nobody knows the tag.
 */
export function untag(tag: unknown, content: unknown, extensions: readonly MsgpackExtension[]): unknown {
  switch (tag) {
    case MAP:
      return mapOf(content)
    case SET:
      if (Array.isArray(content)) return new Set<unknown>(content)
      break
    case ERROR:
      return decodeError(content)
    case REGEXP:
      if (Array.isArray(content) && typeof content[0] === "string" && typeof content[1] === "string") {
        return new RegExp(content[0], content[1])
      }
      break
    case BIGINT:
      if (typeof content === "string" && /^-?[0-9a-f]+$/.test(content)) {
        return content.startsWith("-") ? -BigInt(`0x${content.slice(1)}`) : BigInt(`0x${content}`)
      }
      break
    case NEGATIVE_ZERO:
      return -0
    case UTF16:
      if (content instanceof Uint8Array && content.length % 2 === 0) {
        return Buffer.from(content.buffer, content.byteOffset, content.length).toString("utf16le")
      }
      break
    default: {
      const extension = extensions.find(({ type }) => type === tag)
      if (extension === undefined) throw new Error(`the tag ${String(tag)} is unknown here`)
      return extension.unpack(content)
    }
  }
  throw new Error(`the content of the tag ${String(tag)} does not fit it`)
}

function mapOf(content: unknown): Map<unknown, unknown> {
  if (!Array.isArray(content) || content.length % 2 !== 0) throw new Error("a Map of half an entry")
  const map = new Map<unknown, unknown>()
  for (let index = 0; index < content.length; index += 2) map.set(content[index], content[index + 1])
  return map
}
