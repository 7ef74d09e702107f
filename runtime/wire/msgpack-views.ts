// MsgpackViews — typed arrays as msgpackr writes them, read into memory that is not cleared beforehand.
// Owns the reading of extension type 0x74 of msgpackr, whose registry is one per program. The form is msgpackr's, and so is the writing.
// V1  What is read has memory of its own, as long as it is, so that nothing else is seen or kept alive through its buffer.

import { TYPED_ARRAYS } from "../parallel/typed-arrays.js"
import { addExtension } from "./msgpackr.js"

/** The msgpack extension type of a view: a code for its class, and its bytes. */
export const VIEW_TYPE = 0x74
/** The code of Uint8Array. */
export const UINT8 = TYPED_ARRAYS.indexOf(Uint8Array)
const ARRAY_BUFFER = 16
const DATA_VIEW = 17
/** By msgpackr's code. */
const CLASSES: readonly (new (memory: ArrayBuffer) => ArrayBufferView)[] = TYPED_ARRAYS
/** From here on clearing memory costs more than taking it the other way. */
const LARGE_BYTES = 4096

function readView(content: Uint8Array): unknown {
  const bytes = content.subarray(1)
  const { buffer } = copyOf(bytes)
  const code = content[0] ?? CLASSES.length
  if (code === ARRAY_BUFFER) return buffer
  if (code === DATA_VIEW) return new DataView(buffer)
  const Class = CLASSES[code]
  if (Class === undefined) throw new Error(`a view of a class with the code ${String(code)}`)
  return new Class(buffer)
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length < LARGE_BYTES) return new Uint8Array(bytes)
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

// For what is read alone: what is written is msgpackr's own.
addExtension({ type: VIEW_TYPE, unpack: readView })
