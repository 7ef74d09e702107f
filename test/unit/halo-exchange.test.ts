import { describe, expect, it } from "vitest"
import { HaloExchange, partition } from "../../runtime/toolkit.js"

describe("a partition", () => {
  it.each([
    [10, 3],
    [3, 5],
    [0, 2],
    [1024, 7],
  ])("of %i into %i covers it without gap or overlap, in chunks that are equal but for one cell", (length, count) => {
    const chunks = partition(length, count)
    expect(chunks.map(({ rank }) => rank)).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(chunks.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
      Array.from({ length }, (_, i) => i),
    )
    const sizes = chunks.map(({ from, to }) => to - from)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  })

  it("has halos that end where the length does", () => {
    expect(partition(10, 2, { halo: 3 })).toEqual([
      { rank: 0, from: 0, to: 5, low: 0, high: 8 },
      { rank: 1, from: 5, to: 10, low: 2, high: 10 },
    ])
  })

  it.each([
    [-1, 1, 0],
    [1.5, 1, 0],
    [1, 0, 0],
    [1, 1, -1],
  ])("refuses %d cells in %d chunks with a halo of %d", (length, chunks, halo) => {
    expect(() => partition(length, chunks, { halo })).toThrow(expect.objectContaining({ code: "ERR_BAD_OPTION" }) as Error)
  })
})

describe("an exchange of halos", () => {
  it("gives a round when all neighbours have told of it, whatever came first, and keeps what is early", async () => {
    const halos = new HaloExchange<number>(["left", "right"])
    halos.put({ side: "right", round: 1, cells: 11 })
    halos.put({ side: "right", round: 0, cells: 1 })
    let given = false
    const first = halos.take(0).then((taken) => {
      given = true
      return taken
    })
    await Promise.resolve()
    expect(given).toBe(false)
    halos.put({ side: "left", round: 1, cells: 12 })
    halos.put({ side: "left", round: 0, cells: 2 })
    expect(await first).toEqual({ left: 2, right: 1 })
    expect(await halos.take(1)).toEqual({ left: 12, right: 11 })
  })

  it("waits for nobody where there is no neighbour", async () => {
    expect(await new HaloExchange([]).take(0)).toEqual({})
  })

  it("ends a wait by its signal, and the round can be taken afterwards", async () => {
    const halos = new HaloExchange<string, "north">(["north"])
    const stop = new AbortController()
    const waiting = halos.take(0, { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    await expect(halos.take(0, { signal: stop.signal })).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    halos.put({ side: "north", round: 0, cells: "edge" })
    expect(await halos.take(0)).toEqual({ north: "edge" })
  })

  it("refuses who is no neighbour, what was told before, and rounds that are over", async () => {
    const halos = new HaloExchange<number>(["left"])
    const refused = expect.objectContaining({ code: "ERR_BAD_OPTION" }) as Error
    expect(() => halos.put({ side: "right", round: 0, cells: 1 })).toThrow(refused)
    halos.put({ side: "left", round: 0, cells: 1 })
    expect(() => halos.put({ side: "left", round: 0, cells: 2 })).toThrow(refused)
    expect(await halos.take(0)).toEqual({ left: 1 })
    expect(() => halos.put({ side: "left", round: 0, cells: 3 })).toThrow(refused)
    await expect(halos.take(0)).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
  })
})
