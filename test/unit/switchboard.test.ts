// Who gets a way of its own, and what of it is left when a thread at one of its ends is gone.

import { beforeEach, describe, expect, it } from "vitest"
import type { HostId } from "../../runtime/ids.js"
import { RingWriter } from "../../runtime/transport/ring.js"
import { Switchboard, type WayOffer } from "../../runtime/transport/switchboard.js"

const A = "n-t1" as HostId
const B = "n-t2" as HostId

let told: string[]
let offers: Map<HostId, WayOffer[]>
let late: string[]
let board: Switchboard

beforeEach(() => {
  told = []
  offers = new Map()
  late = []
  board = new Switchboard({
    tell: (host, request, way) => told.push(`${host} ${request} ${String(way)}`),
    late: (host, unread) => late.push(...unread.map((message) => `${host} ${message.join()}`)),
  })
})

function launch(host: HostId): void {
  board.launched(host, (value) => {
    offers.set(host, [...(offers.get(host) ?? []), value as WayOffer])
  })
  board.ready(host)
}

function pass(from: HostId, to: HostId, frames = 3): void {
  for (let i = 0; i < frames; i++) board.passed(from, to)
}

/** The end of its latest way, as a thread was given it. */
function end(host: HostId): WayOffer {
  const offer = offers.get(host)?.at(-1)
  if (offer === undefined) throw new Error(`${host} has no way`)
  return offer
}

function closePorts(): void {
  for (const offer of [...offers.values()].flat()) offer.ends.parcels.close()
}

describe("a switchboard", () => {
  it("offers a way with the third frame between two threads that are ready, and once", () => {
    launch(A)
    board.launched(B, () => undefined)
    pass(A, B, 10)
    expect(offers.size).toBe(0)
    board.died(B)
    launch(B)
    pass(A, B, 1)
    pass(B, A, 1)
    expect(offers.size).toBe(0)
    pass(A, B, 10)
    expect([...offers.values()].map((each) => each.length)).toEqual([1, 1])
    expect(end(A)).toMatchObject({ way: 1, peer: B })
    expect(end(B).ends.inbound).toBe(end(A).ends.outbound)
    closePorts()
  })

  it("gives what a reader that is gone had not read, and tells its writer first of all", () => {
    launch(A)
    launch(B)
    pass(A, B)
    board.begins(A, 1)
    expect(told).toEqual([`${B} way-opens 1`])
    const writer = new RingWriter(end(A).ends.outbound)
    for (const byte of [1, 2]) writer.write(Uint8Array.of(byte))
    expect(board.died(B)?.unread.map((message) => message.join())).toEqual(["1", "2"])
    expect(told.at(-1)).toBe(`${A} way-ends 1`)
    expect(writer.write(Uint8Array.of(3))).toBe(false)
    closePorts()
  })

  it("gives what was in a way behind what its writer had sent by the host before", () => {
    launch(A)
    launch(B)
    pass(A, B)
    new RingWriter(end(A).ends.outbound).write(Uint8Array.of(1))
    expect(board.died(B)?.unread).toEqual([])
    expect(late).toEqual([])
    board.begins(A, 1)
    expect(late).toEqual([`${B} 1`])
    expect(told).toEqual([`${A} way-ends 1`])
    closePorts()
  })

  it("forgets what a writer left that was ended before its word came", () => {
    launch(A)
    launch(B)
    pass(A, B)
    new RingWriter(end(A).ends.outbound).write(Uint8Array.of(1))
    board.died(B)
    board.died(A)
    board.begins(A, 1)
    expect(late).toEqual([])
    closePorts()
  })

  it("gives what a writer left that is gone to the next incarnation of its reader, when that one dies before it has read it", () => {
    launch(A)
    launch(B)
    pass(A, B)
    board.begins(A, 1)
    new RingWriter(end(A).ends.outbound).write(Uint8Array.of(1))
    board.died(A)
    expect(told.at(-1)).toBe(`${B} way-ends 1`)
    expect(board.died(B)?.unread.map((message) => message.join())).toEqual(["1"])
    closePorts()
  })

  it("has ways to give however many pairs have come and gone, and for a bounded number at a time", () => {
    launch(A)
    for (let i = 0; i < 300; i++) {
      launch(B)
      pass(A, B)
      expect(end(B).way).toBe(i + 1)
      for (const host of [A, B]) board.begins(host, i + 1)
      board.died(B)
      board.read(A, i + 1)
      closePorts()
      offers.clear()
    }
    for (let i = 0; i < 40; i++) {
      const other = `n-t${String(10 + i)}` as HostId
      launch(other)
      pass(other, A)
    }
    expect(offers.get(A)).toHaveLength(32)
    closePorts()
  })
})
