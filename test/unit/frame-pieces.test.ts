import { describe, expect, it } from "vitest"
import { hostId } from "../../runtime/ids.js"
import { PieceReader, pieces } from "../../runtime/transport/frame-pieces.js"

const MIB = 1024 * 1024
const from = hostId("n2")

function frame(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + seed) & 0xff
  return bytes
}

/** The first piece of a frame that claims a size, from any sender. */
function claim(sender: string, size: number, part = new Uint8Array(10)): Uint8Array {
  const [first = new Uint8Array(0)] = pieces(frame(40), { room: 18 + sender.length + 10, from: hostId(sender), id: 1 })
  const piece = Uint8Array.from([...first.subarray(0, first.length - 10), ...part])
  const view = new DataView(piece.buffer)
  view.setUint32(2 + sender.length + 8, 2 ** 31)
  view.setUint32(2 + sender.length + 12, size)
  return piece
}

describe("a frame in pieces", () => {
  it.each([1, 1000, 100_000, 3 * MIB, 64 * MIB])("M8 is put together again as it was: %i bytes", (size) => {
    const reader = new PieceReader()
    const whole = frame(size)
    const read = [...pieces(whole, { room: MIB, from, id: 7 })].map((piece) => reader.read(piece))
    const last = read.pop()
    expect(read.every((one) => one === undefined)).toBe(true)
    expect(Buffer.compare(last ?? new Uint8Array(0), whole)).toBe(0)
    expect(reader.held).toBe(0)
  })

  it("M8 of several senders at once are kept apart", () => {
    const reader = new PieceReader()
    const senders = ["n2", "n3", "n4-p1"].map((sender, n) => ({
      whole: frame(200_000, n),
      cut: [...pieces(frame(200_000, n), { room: 50_000, from: hostId(sender), id: 1 })],
    }))
    const got: Uint8Array[] = []
    for (let i = 0; i < 5; i++)
      for (const { cut } of senders) {
        const piece = cut[i]
        const whole = piece === undefined ? undefined : reader.read(piece)
        if (whole !== undefined) got.push(whole)
      }
    expect(got.map((one, n) => Buffer.compare(one, senders[n]?.whole ?? new Uint8Array(0)))).toEqual([0, 0, 0])
  })

  it("M8 is given up when a piece is missing, comes twice, or another frame of that sender begins", () => {
    const reader = new PieceReader()
    const [a, b, c, d] = [...pieces(frame(200_000), { room: 60_000, from, id: 1 })] as Uint8Array[]
    const all = [a, b, c, d] as Uint8Array[]
    reader.read(all[0] as Uint8Array)
    expect(() => reader.read(all[2] as Uint8Array)).toThrow(/does not follow/)
    expect(() => reader.read(all[1] as Uint8Array)).toThrow(/does not follow/)
    reader.read(all[0] as Uint8Array)
    reader.read(all[1] as Uint8Array)
    expect(() => reader.read(all[1] as Uint8Array)).toThrow(/does not follow/)
    reader.read(all[0] as Uint8Array)
    const next = frame(100_000, 9)
    const whole = [...pieces(next, { room: 60_000, from, id: 2 })].map((piece) => reader.read(piece)).at(-1)
    expect(Buffer.compare(whole ?? new Uint8Array(0), next)).toBe(0)
    expect(() => reader.read(all[1] as Uint8Array)).toThrow(/does not follow/)
    expect(reader.held).toBe(0)
  })
})

describe("what a stranger says of a frame", () => {
  it("M8 reserves no memory: what is held is what has come, and a little", () => {
    const reader = new PieceReader()
    for (let n = 0; n < 1000; n++) reader.read(claim(`n${String(n)}`, 64 * MIB))
    expect(reader.held).toBeLessThan(5 * MIB)
  })

  it("M8 beyond the largest frame is refused with its size", () => {
    const reader = new PieceReader()
    expect(() => reader.read(claim("n2", 80 * MIB))).toThrow(/83886080 bytes/)
    expect(reader.held).toBe(0)
  })

  it("M8 more than was said is refused", () => {
    const reader = new PieceReader()
    expect(() => reader.read(claim("n2", 5))).toThrow(/does not follow/)
    expect(reader.held).toBeLessThan(MIB)
  })

  it("M8 all senders together hold no more than a bound; what has waited longest is given up first", () => {
    const reader = new PieceReader({ heldBytes: 4 * MIB })
    const large = frame(2 * MIB)
    const cut = (sender: string): Uint8Array[] => [...pieces(large, { room: 0.75 * MIB, from: hostId(sender), id: 1 })]
    const patient = cut("patient")
    reader.read(patient[0] as Uint8Array)
    const others = Array.from({ length: 12 }, (_, n) => cut(`n${String(n)}`))
    for (const [first] of others) reader.read(first as Uint8Array)
    expect(reader.held).toBeGreaterThan(3 * MIB)
    expect(reader.held).toBeLessThanOrEqual(4 * MIB)
    expect(() => reader.read(patient[1] as Uint8Array)).toThrow(/does not follow/)
    // The one that came last is still there.
    const [, second, third] = others.at(-1) ?? []
    reader.read(second as Uint8Array)
    expect(Buffer.compare(reader.read(third as Uint8Array) ?? new Uint8Array(0), large)).toBe(0)
  })

  it("M8 is forgotten when the next piece does not come", () => {
    let now = 0
    const reader = new PieceReader({ now: () => now })
    reader.read(claim("n2", MIB))
    now = 20_000
    reader.read(claim("n3", MIB))
    now = 31_000
    reader.expire()
    expect(reader.held).toBe(64 * 1024)
    now = 60_000
    reader.expire()
    expect(reader.held).toBe(0)
  })
})
