import { Packr } from "msgpackr"
import { describe, expect, it } from "vitest"
import { DEFAULT_LIMITS } from "../../runtime/wire/codec.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { inspectMsgpack } from "../../runtime/wire/msgpack-inspection.js"

const inspect = (bytes: readonly number[] | Uint8Array): void => {
  inspectMsgpack(Uint8Array.from(bytes), DEFAULT_LIMITS)
}

describe("inspectMsgpack", () => {
  it.each([
    [[], "it ends inside a value"],
    [[0x92, 1], "it claims 2 values, and 1 bytes remain"],
    [[0x91, 0x91], "it claims 1 values, and 0 bytes remain"],
    [[1, 2], "1 bytes follow the value"],
    [[0xdd, 0xff, 0xff, 0xff, 0xff], "it claims 4294967295 values"],
    [[0xdf, 0xff, 0xff, 0xff, 0xff, 0, 0], "it claims 8589934590 values"],
    [[0xdc, 0xff], "it ends inside a length"],
    [[0xc6, 0xff, 0xff, 0xff, 0xff, 0], "4294967295 bytes are claimed"],
    [[0xdb, 0x80, 0, 0, 0], "a string of 2147483648 bytes"],
    [[0xa5, 0x61], "a string of 5 bytes, and 1 remain"],
    [[0xcb, 0, 0], "it ends inside a number"],
    [[0xc1], "the byte c1"],
    [[0x81, 0x90, 1], "a map key that is neither text nor a number"],
    [[0x81, 0xc0, 1], "a map key that is neither text nor a number"],
    [[0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1], "an extension of type 114"],
    [[0xd6, 0x69, 0, 0, 0, 1, 0x90], "an extension of type 105"],
    [[0xd6, 0x70, 0, 0, 0, 1], "an extension of type 112"],
    [[0xd4, 0x73, 0, 0x90], "an extension of type 115"],
    [[0xd5, 0x2a, 0, 0], "an extension of type 42"],
    [[0xc7, 4, 0x74, 8, 1, 2, 3], "an extension of type 116 and 4 bytes"],
    [[0xc7, 0, 0x74], "an extension of type 116 and 0 bytes"],
    [[0xd4, 0x54, 0], "a tagged value without its tag"],
    [[0xd4, 0x54, 0, 0x93, 1, 2, 3], "a tagged value without its tag"],
    [[0xd4, 0x54, 0, 0xd4, 0x54, 0, 0xc0], "a tagged value without its tag"],
    [[0xc7, 1, 0x54, 0], "an extension of type 84"],
  ])("refuses %j: %s", (bytes, why) => {
    expect(() => {
      inspect(bytes)
    }).toThrow(why)
  })

  it("refuses nesting beyond the limit, in arrays, maps and tags, without recursion", () => {
    const levels = Array.from({ length: 300 })
    for (const level of [[0x91], [0x81, 0xa0], [0xd4, 0x54, 0, 0x92, 2]]) {
      expect(() => {
        inspect([...levels.flatMap(() => level), 0xc0])
      }).toThrow("nested deeper than 256 levels")
    }
  })

  it("refuses more values than the limit, whatever their size", () => {
    const many = new Uint8Array(DEFAULT_LIMITS.maxItems + 5).fill(0x80)
    many.set([0xdd, 0, 0x3d, 0x09, 0])
    expect(() => {
      inspect(many)
    }).toThrow("more than 4000000 values")
  })

  it("keeps its limits from one call to the next", () => {
    inspectMsgpack(Uint8Array.from([...Array.from({ length: 1000 }, () => 0x91), 1]), { maxDepth: 1000, maxItems: 5000 })
    expect(() => {
      inspectMsgpack(Uint8Array.from([0x91, 0x91, 1]), { maxDepth: 1, maxItems: 10 })
    }).toThrow("nested deeper than 1 levels")
  })

  it("passes what our codec and other encoders write", () => {
    const value = {
      a: [1, -1, 300, -300, 70_000, -70_000, 1.5, true, null, "x".repeat(300)],
      b: Buffer.alloc(70_000),
      c: "é".repeat(70_000),
    }
    inspect(
      new MsgpackCodec().encode({ ...value, m: new Map([[1, new Set([-0, 5n])]]), f: new Float64Array(3), at: new Date(1) }),
    )
    inspect(new Packr({ useRecords: false }).pack(value))
  })
})
