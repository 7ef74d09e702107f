// The frames sent last: kept by number, in bounds.

import { describe, expect, it } from "vitest"
import { SentFrames } from "../../runtime/transport/sent-frames.js"

const frame = (bytes: number): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

describe("frames sent last", () => {
  it("are given back by their numbers, once", () => {
    const sent = new SentFrames()
    const frames = [frame(1), frame(2), frame(3)]
    const numbers = frames.map((each) => sent.add(each))
    expect(numbers.map((number) => sent.take(number))).toEqual(frames)
    expect(numbers.map((number) => sent.take(number))).toEqual([undefined, undefined, undefined])
    expect([0, 4, 1e9].map((number) => sent.take(number))).toEqual([undefined, undefined, undefined])
  })

  it("are kept in order of their age, so many of them", () => {
    const sent = new SentFrames()
    const numbers = Array.from({ length: 1000 }, (_, i) => sent.add(frame(i + 1)))
    const kept = numbers.map((number) => sent.take(number)?.length).flatMap((length) => (length === undefined ? [] : [length]))
    expect(kept.length).toBeGreaterThanOrEqual(32)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 1001 - kept.length + i))
  })

  it("hold so many bytes, the last one whatever it has", () => {
    const sent = new SentFrames()
    const megabyte = 1024 * 1024
    const numbers = Array.from({ length: 20 }, () => sent.add(frame(megabyte)))
    expect(sent.take(numbers.at(0) ?? 0)).toBeUndefined()
    expect(sent.take(numbers.at(-1) ?? 0)?.length).toBe(megabyte)
    const large = sent.add(frame(17 * megabyte))
    expect(numbers.map((number) => sent.take(number))).toEqual(numbers.map(() => undefined))
    expect(sent.take(large)?.length).toBe(17 * megabyte)
  })
})
