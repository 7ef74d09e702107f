// What a thread writes down of what other threads sent to it, as its owner reads it after any store.

import { describe, expect, it } from "vitest"
import { Intake, INTAKE_BYTES } from "../../runtime/actor/intake.js"
import type { HostId } from "../../runtime/ids.js"
import { KEPT_BYTES, KEPT_LOG_BYTES, KeptLog, readKept } from "../../runtime/transport/kept-log.js"
import { makeFrame, readHead, stampFrame } from "../../runtime/wire/frame.js"
import { Chance } from "../support/chance.js"

const ENDS = { from: "n-t1" as HostId, to: "n-t2" as HostId }

function frameOf(bytes: number, roots: number, last: number): Uint8Array<ArrayBuffer> {
  const frame = makeFrame(ENDS, [new Uint8Array(bytes).fill(last)], { last, span: roots, tells: 0, roots })
  stampFrame(frame, 1, 2)
  return frame
}

function both(): { intake: Intake; log: KeptLog; memory: SharedArrayBuffer } {
  const intake = new Intake(new Uint8Array(new SharedArrayBuffer(INTAKE_BYTES)), "beside")
  const memory = new SharedArrayBuffer(KEPT_LOG_BYTES)
  return { intake, log: new KeptLog(memory, intake), memory }
}

describe("a log of what is kept", () => {
  it("S9 gives every frame that is not settled, whole and in order, whatever was settled meanwhile and how often room was made", () => {
    const chance = Chance.fromEnvironment()
    const { intake, log, memory } = both()
    const open = new Set<number>()
    const frames: { first: number; end: number; frame: Uint8Array }[] = []
    for (let i = 0; i < 3000; i++) {
      const roots = chance.between(1, 5)
      const frame = frameOf(chance.between(1, 2000), roots, i)
      frames.push({ first: intake.next, end: intake.next + roots, frame })
      log.add(frame, roots, { way: i % 3, position: 8 * i })
      const first = intake.arrive(roots)
      for (let number = first; number < first + roots; number++) open.add(number)
      for (const number of open) {
        if (chance.next() > 0.3) continue
        open.delete(number)
        intake.settle(number)
      }
      if (i % 4 === 0) intake.publish()
      if (i % 50 !== 0) continue
      const kept = readKept(memory)
      const due = frames.filter(({ first: from, end }) => [...open].some((number) => number >= from && number < end))
      const found = kept.filter(({ first: from, end }) => due.some((each) => each.first === from && each.end === end))
      expect(
        found.map(({ first: from, end, frame: bytes, isWhole }) => ({ first: from, end, frame: bytes, isWhole })),
        `with TROUPE_SEED=${String(chance.seed)}`,
      ).toEqual(due.map((each) => ({ ...each, isWhole: true })))
    }
    for (const number of open) intake.settle(number)
    intake.publish()
    log.add(frameOf(1, 1, 1), 1, { way: 1, position: 8 })
    expect(readKept(memory)).toHaveLength(1)
  })

  it("S9 keeps the heads of what is beyond its bound, and takes whole frames again when that is settled", () => {
    const { intake, log, memory } = both()
    const large = 200_000
    const count = Math.ceil(KEPT_BYTES / large) + 5
    for (let i = 0; i < count; i++) {
      log.add(frameOf(large, 1, i), 1, { way: 1, position: 8 * i })
      intake.arrive(1)
    }
    const kept = readKept(memory)
    expect(kept.map(({ frame }) => readHead(frame))).toEqual(
      Array.from({ length: count }, (_, last) => ({
        ...ENDS,
        fromIncarnation: 1,
        toIncarnation: 2,
        last,
        span: 1,
        tells: 0,
        roots: 1,
      })),
    )
    const wholes = kept.filter(({ isWhole }) => isWhole)
    expect(wholes.length).toBeGreaterThan(count - 8)
    expect(wholes.length).toBeLessThan(count)
    for (let number = 0; number < count - 2; number++) intake.settle(number)
    for (let i = 0; i < 100; i++) {
      log.add(frameOf(large, 1, i), 1, { way: 2, position: 8 * i })
      const number = intake.arrive(1)
      intake.settle(number)
    }
    const later = readKept(memory).filter(({ way }) => way === 2)
    expect(later.at(-1)).toMatchObject({ isWhole: true, position: 8 * 99 })
  })

  it("S9 keeps no frame that is too large, and its head instead", () => {
    const { log, memory } = both()
    log.add(frameOf(300_000, 2, 7), 2, { way: 1, position: 8 })
    expect(readKept(memory)).toEqual([expect.objectContaining({ isWhole: false, first: 0, end: 2, way: 1, position: 8 })])
  })
})
