// Shared arrays and values, wherever they are kept.

import { describe, expect, it } from "vitest"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, failureOf } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const TYPES = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array],
  ...[BigInt64Array, BigUint64Array],
]
const toolkits = useToolkits()

describe.each(toolkits)("a shared array: $name", ({ open, inMemory }) => {
  it("P7 holds numbers of every type, the same for all who open the name", async () => {
    const [toolkit, others] = [await open(), await open()]
    for (const Type of TYPES) {
      const name = freshName("array")
      const array = await toolkit.sharedArray(name, Type, { length: 3 })
      const two = Type.name.startsWith("Big") ? 2n : 2
      await array.write((numbers) => {
        numbers[2] = two
      })
      const copy = await (await others.sharedArray(name, Type, { length: 3 })).snapshot()
      expect(copy).toBeInstanceOf(Type)
      expect([...copy].map(Number)).toEqual([0, 0, 2])
      expect(array.length).toBe(3)
    }
  })

  it("P7 is refused under its name as of another type or length, and nothing is locked by that", async () => {
    const toolkit = await open()
    const name = freshName("array")
    const array = await toolkit.sharedArray(name, Int32Array, { length: 3 })
    for (const other of [
      toolkit.sharedArray(name, Uint32Array, { length: 3 }),
      toolkit.sharedArray(name, Int32Array, { length: 4 }),
      toolkit.sharedValue(name, Int32Array),
      toolkit.sharedArray(name, Int32Array, { length: 3, onOwnerDied: "poison" }),
      toolkit.lock(name),
    ])
      expect(await failureOf(other)).toMatchObject({ code: "ERR_OTHER_TYPE", data: { primitive: name } })
    expect(await array.increase(0, 1, { timeoutMs: 5000 })).toBe(0)
    for (const length of [0, -1, 1.5])
      expect(await codeOfFailure(toolkit.sharedArray(undefined, Int32Array, { length }))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(toolkit.sharedArray(undefined, Array as never, { length: 1 }))).toBe("ERR_BAD_OPTION")
  })

  it("P7 is refused where there is no room for it, and the toolkit goes on", async () => {
    const toolkit = await open()
    const huge = { length: 2 ** 31 - 1 }
    if (inMemory !== "of the process")
      expect(await codeOfFailure(toolkit.sharedArray(freshName("huge"), BigInt64Array, huge))).toBe("ERR_NO_ROOM")
    const after = await toolkit.sharedArray(freshName("after"), Int16Array, { length: 8 })
    expect(await after.update(0, (old) => old + 1)).toBe(1)
  })

  it("P7 is updated under its lock by many at once, and no change is lost", async () => {
    const name = freshName("array")
    const arrays = await Promise.all([1, 2].map(async () => (await open()).sharedArray(name, Float64Array, { length: 2 })))
    await Promise.all(arrays.flatMap((array) => Array.from({ length: 20 }, () => array.update(1, (old) => old + 0.5))))
    expect([...((await arrays[0]?.snapshot()) ?? [])]).toEqual([0, 20])
    expect(await arrays[0]?.increase(1, 2)).toBe(20)
    expect([...((await arrays[1]?.read()) ?? [])]).toEqual([0, 22])
  })

  it("P7 is added to in one step where its numbers are whole, and wraps around as they do", async () => {
    const toolkit = await open()
    const small = await toolkit.sharedArray(freshName("small"), Uint8Array, { length: 2 })
    const large = await toolkit.sharedArray(freshName("large"), BigInt64Array, { length: 2 })
    expect([await small.increase(1, 250), await small.increase(1, 10), (await small.read())[1]]).toEqual([0, 250, 4])
    expect([await large.increase(0, -1n), await large.increase(0, 2n ** 62n)]).toEqual([0n, -1n])
    expect([...(await large.read(0, 1))]).toEqual([2n ** 62n - 1n])
  })

  it("P7 is read in part, and refuses what is no part of it", async () => {
    const array = await (await open()).sharedArray(freshName("array"), Int16Array, { length: 4 })
    await array.write((numbers) => numbers.set([1, 2, 3, 4]))
    expect([...(await array.read(1, 3))]).toEqual([2, 3])
    expect([...(await array.read(3))]).toEqual([4])
    expect([...(await array.read(4))]).toEqual([])
    for (const [from, to] of [
      [-1, 1],
      [0, 5],
      [0.5, 1],
    ] as const)
      // prettier-ignore
      expect(await codeOfFailure(array.read(from, to))).toBe("ERR_BAD_OPTION")
    for (const index of [4, -1, 0.5]) {
      expect(await codeOfFailure(array.update(index, (old) => old))).toBe("ERR_BAD_OPTION")
      expect(await codeOfFailure(array.increase(index, 1))).toBe("ERR_BAD_OPTION")
    }
  })

  it("P7 begins with zeros and lies apart from all others, of whatever size and type", async () => {
    const toolkit = await open()
    const sizes = [1, 2, 3, 7, 8, 9, 31, 64, 100, 1000, 4095, 4096, 4097, 20_000]
    const all = await Promise.all(
      sizes.flatMap((length) =>
        [Uint8Array, Float64Array, Int16Array].map((Type) => toolkit.sharedArray(freshName("apart"), Type, { length })),
      ),
    )
    for (const array of all) expect((await array.snapshot()).every((element) => element === 0)).toBe(true)
    await Promise.all(all.map((array, n) => array.write((numbers) => void numbers.fill(n + 1))))
    for (const [n, array] of all.entries()) expect(new Set<number>(await array.snapshot())).toEqual(new Set([n + 1]))
  })

  it("P7 is changed several times in one, by who holds its lock", async () => {
    const array = await (await open()).sharedArray(freshName("array"), Int32Array, { length: 2 })
    {
      await using _lease = await array.lock.acquire()
      await array.update(0, (old) => old + 1, { timeoutMs: 5000 })
      await array.write((numbers) => void (numbers[1] = 5), { timeoutMs: 5000 })
      expect([await array.lock.locked(), [...(await array.snapshot({ timeoutMs: 5000 }))]]).toEqual([true, [1, 5]])
    }
    expect(await array.lock.locked()).toBe(false)
  })

  it("P7 gives a copy, in which changes change nothing", async () => {
    const array = await (await open()).sharedArray(freshName("array"), Int32Array, { length: 2 })
    for (const copy of [await array.read(), await array.snapshot()]) copy.fill(9)
    expect([...(await array.snapshot())]).toEqual([0, 0])
  })

  it("P4 is told of a writer that threw: as half written in memory, and not written at all by a keeper", async () => {
    const array = await (await open()).sharedArray(freshName("array"), Int32Array, { length: 2 })
    const failing = array.write((numbers) => {
      numbers[0] = 1
      throw new Error("half")
    })
    await expect(failing).rejects.toThrow("half")
    expect(array.halfWritten).toBe(array.inMemory)
    if (array.inMemory) expect(await codeOfFailure(array.snapshot())).toBe("ERR_POISONED")
    else expect([...(await array.snapshot())]).toEqual([0, 0])
    expect(await array.write((numbers, half) => (numbers.fill(3), half))).toBe(array.inMemory)
    expect([...(await array.snapshot())]).toEqual([3, 3])
    expect(await array.lock.locked()).toBe(false)
  })

  it("P7 holds its lock while it is written: a snapshot is of before or after", async () => {
    const name = freshName("array")
    const writer = await (await open()).sharedArray(name, Int32Array, { length: 1000 })
    const reader = await (await open()).sharedArray(name, Int32Array, { length: 1000 })
    const writing = Array.from({ length: 20 }, (_, n) => writer.write((numbers) => numbers.fill(n + 1)))
    let last: number | undefined
    while (last !== 20) {
      const seen = new Set(await reader.snapshot())
      expect(seen.size).toBe(1)
      ;[last] = seen
    }
    await Promise.all(writing)
  })

  it("P7 has a view where its memory can be seen, and says what to use where not", async () => {
    const toolkit = await open()
    const array = await toolkit.sharedArray(freshName("array"), Int32Array, { length: 2 })
    const value = await toolkit.sharedValue(freshName("value"), Int32Array)
    expect(array.inMemory).toBe(inMemory !== undefined)
    if (array.inMemory) {
      array.view[1] = 5
      value.set(4)
      expect([array.view[1], value.add(3), value.get()]).toEqual([5, 4, 7])
    } else {
      expect(await failureOf(Promise.resolve().then(() => array.view))).toMatchObject({
        code: "ERR_UNAVAILABLE",
        message: expect.stringMatching(/use read, write, update.*openMachineToolkit/) as string,
      })
      for (const call of [() => value.get(), () => value.set(1), () => value.add(1), () => array.writeSync(() => 1)])
        expect(await codeOfFailure(Promise.resolve().then(call))).toBe("ERR_MAY_NOT_BLOCK")
      // Nothing is held by what was refused.
      expect(await array.lock.locked()).toBe(false)
    }
  })
})

describe.each(toolkits)("a shared value: $name", ({ open }) => {
  it("P7 is set, added to and updated, by all who open the name", async () => {
    const name = freshName("value")
    const [one, other] = [await (await open()).sharedValue(name, Int32Array), await (await open()).sharedValue(name, Int32Array)]
    expect(await one.read()).toBe(0)
    await one.replace(5)
    expect(await other.increase(2)).toBe(5)
    expect(await one.update((old) => old * 2)).toBe(14)
    expect(await other.read()).toBe(14)
    const real = await (await open()).sharedValue(freshName("real"), Float64Array)
    expect([await real.increase(0.5), await real.increase(0.25), await real.read()]).toEqual([0, 0.5, 0.75])
  })

  it("P7 loses nothing when many add at once", async () => {
    const name = freshName("value")
    const values = await Promise.all([1, 2, 3].map(async () => (await open()).sharedValue(name, BigUint64Array)))
    await Promise.all(values.flatMap((value) => Array.from({ length: 50 }, () => value.increase(1n))))
    expect(await values[0]?.read()).toBe(150n)
  })
})

describe.each(toolkits.filter(({ inMemory }) => inMemory === undefined))("an array of a keeper: $name", ({ open }) => {
  it("P7 goes in one piece when it is larger than a message of the bus", async () => {
    const [name, length] = [freshName("array"), 300_000]
    const [one, other] = await Promise.all([1, 2].map(async () => (await open()).sharedArray(name, Float64Array, { length })))
    await one?.write((numbers) => numbers.forEach((_, n) => (numbers[n] = n)))
    const copy = (await other?.snapshot()) ?? new Float64Array()
    expect([copy.length, copy[1], copy[length - 1]]).toEqual([length, 1, length - 1])
  })

  it("P4 refuses what a writer sends whose lease is no longer one", async () => {
    const name = freshName("array")
    const [writer, other] = await Promise.all([1, 2].map(async () => (await open()).sharedArray(name, Int32Array, { length: 2 })))
    const late = writer?.write((numbers) => {
      numbers.fill(1)
      // Its own party, somewhere else, gives the lock back.
      void writer.lock.release()
    })
    expect(await codeOfFailure(late ?? Promise.resolve())).toBe("ERR_NOT_HELD")
    await eventually(async () => !(await other?.lock.locked()))
    expect([...((await other?.snapshot()) ?? [])]).toEqual([0, 0])
  })
})
