// What is kept of asks under way, found by number however many there are and however long some last.

import { describe, expect, it } from "vitest"
import { AskTable } from "../../runtime/transport/ask-table.js"

interface One {
  readonly id: number
}

function one(id: number): One {
  return { id }
}

describe("a table of asks", () => {
  it("finds and takes each by its number, once", () => {
    const table = new AskTable<One>()
    table.add(one(1))
    table.add(one(2))
    expect(table.get(2)).toEqual({ id: 2 })
    expect(table.take(1)).toEqual({ id: 1 })
    expect(table.take(1)).toBeUndefined()
    expect(table.get(1)).toBeUndefined()
    expect(table.get(3)).toBeUndefined()
    expect(table.size).toBe(1)
  })

  it("agrees with a Map, whichever asks last and however many there are", () => {
    const table = new AskTable<One>()
    const map = new Map<number, One>()
    let random = 12345
    const next = (below: number): number => {
      random = (random * 1103515245 + 12345) & 0x7fffffff
      return random % below
    }
    let id = 2 ** 31 - 20_000
    for (const width of [3, 500, 40_000, 50, 1]) {
      for (let i = 0; i < 60_000; i++) {
        const added = one(++id)
        table.add(added)
        map.set(id, added)
        // The oldest of some stay for long.
        while (map.size > width) {
          const from = id - next(2 * width)
          const taken = map.get(from) ?? map.values().next().value
          if (taken === undefined || table.take(taken.id) !== taken) throw new Error(`${String(taken?.id)} is not found`)
          map.delete(taken.id)
        }
      }
      expect(table.size).toBe(map.size)
      expect(table.all).toEqual([...map.values()])
    }
    for (const each of table.all) expect(table.get(each.id)).toBe(each)
    for (const each of table.all) expect(table.take(each.id)).toBe(each)
    expect(table.size).toBe(0)
    expect(table.all).toEqual([])
  })
})
