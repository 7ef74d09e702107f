// Typed arrays, small and large, in memory of their own.

import { describe, expect, it } from "vitest"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"

const codec = new MsgpackCodec()
const CLASSES: readonly (new (memory: ArrayBuffer) => ArrayBufferView)[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
]

describe("a view of bytes", () => {
  it.each([64, 4096, 300_000])("M8 arrives as what it was, in memory as long as it, with %i bytes", (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7)
    for (const Class of CLASSES) {
      const sent = new Class(bytes.slice().buffer)
      const [came, behind] = codec.decode(codec.encode([sent, "behind"])) as [ArrayBufferView, string]
      expect(came.constructor).toBe(Class)
      expect(came.byteOffset).toBe(0)
      expect(Buffer.compare(new Uint8Array(came.buffer), bytes), Class.name).toBe(0)
      expect(behind).toBe("behind")
    }
    expect(codec.decode(codec.encode(bytes.buffer))).toStrictEqual(bytes.buffer)
  })

  it("M8 is written over by no later message", () => {
    const first = codec.decode(codec.encode(new Uint8Array(200_000).fill(1))) as Uint8Array
    codec.decode(codec.encode(new Uint8Array(200_000).fill(2)))
    expect(first.every((byte) => byte === 1)).toBe(true)
  })
})
