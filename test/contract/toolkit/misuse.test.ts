// What is used wrongly is refused at the door, by an error that says what was meant, and nothing is locked by it.

import { describe, expect, it } from "vitest"
import { codeOfFailure, failureOf } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()
/** What Python calls it, who has it in the fingers. */
const PYTHONS = { timeout: 5 } as never

describe.each(toolkits)("used wrongly: $name", ({ open, inMemory }) => {
  it("P1-P6 an option of a wait that is unknown, or none, is refused, whether it would have waited or not", async () => {
    const toolkit = await open()
    const lock = await toolkit.lock(freshName("lock"))
    const queue = await toolkit.queue<number>(freshName("queue"), { capacity: 1 })
    const end = await (await toolkit.pipe<number>(freshName("pipe"))).end("left")
    const array = await toolkit.sharedArray(freshName("array"), Float64Array, { length: 1 })
    const waits = {
      acquire: (options: never) => lock.acquire(options),
      reacquire: async (options: never) => (await toolkit.reentrantLock(freshName("lock"))).acquire(options),
      permit: async (options: never) => (await toolkit.semaphore(freshName("seats"), 1)).acquire(options),
      bounded: async (options: never) => (await toolkit.boundedSemaphore(freshName("seats"), 1)).acquire(options),
      event: async (options: never) => (await toolkit.event(freshName("event"))).wait(options),
      barrier: async (options: never) => (await toolkit.barrier(freshName("barrier"), 1)).wait(options),
      put: (options: never) => queue.put(1, options),
      get: (options: never) => queue.get(options),
      putMany: (options: never) => queue.putMany([1], options),
      getMany: (options: never) => queue.getMany(1, options),
      join: (options: never) => queue.join(options),
      send: (options: never) => end.send(1, options),
      receive: (options: never) => end.receive(options),
      write: (options: never) => array.write(() => undefined, options),
      update: (options: never) => array.update(0, (old) => old, options),
    }
    for (const [what, wait] of Object.entries(waits)) {
      const failure = await failureOf(wait(PYTHONS))
      expect(failure, what).toMatchObject({
        code: "ERR_BAD_OPTION",
        message: expect.stringMatching(/option timeout: expected one of timeoutMs, signal/) as unknown,
      })
      for (const none of [5, null, { signal: {} }]) expect(await codeOfFailure(wait(none as never)), what).toBe("ERR_BAD_OPTION")
    }
    expect([await lock.locked(), await queue.size()]).toEqual([false, 0])
    const lease = await lock.acquire()
    expect(await codeOfFailure(lock.condition().wait(PYTHONS))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(lock.condition().waitFor(() => true, PYTHONS))).toBe("ERR_BAD_OPTION")
    await lease.release()
  })

  it("P1-P7 an option that is unknown to what is opened is refused, and named with those there are", async () => {
    const toolkit = await open()
    for (const [made, known] of [
      [toolkit.lock(undefined, { poison: true } as never), "onOwnerDied"],
      [toolkit.semaphore(undefined, 1, { bounded: true } as never), "as, waiters"],
      [toolkit.barrier(undefined, 1, { action: 1 } as never), "as, waiters"],
      [toolkit.event(undefined, { set: true } as never), "as, waiters"],
      [toolkit.queue(undefined, { maxsize: 2 } as never), "capacity, order, unfinished, itemBytes"],
      [toolkit.pipe(undefined, { duplex: false } as never), "ways, capacity, itemBytes"],
      [toolkit.sharedArray(undefined, Int8Array, { length: 1, lock: false } as never), "length, onOwnerDied"],
      [toolkit.sharedArray(undefined, Int8Array, 5 as never), "an object of options"],
      [toolkit.queue(undefined, 5 as never), "an object of options"],
    ] as const) {
      const { code, message } = await failureOf(made)
      expect([code, message]).toEqual(["ERR_BAD_OPTION", expect.stringContaining(known)])
    }
  })

  it("P7 a change that goes on after it has returned is refused before it has begun, and writes nothing", async () => {
    const array = await (await open()).sharedArray(freshName("array"), Int32Array, { length: 2 })
    const later = async (numbers: Int32Array): Promise<void> => {
      numbers[0] = 1
      await Promise.resolve()
      numbers[1] = 1
    }
    expect(await failureOf(array.write(later as never))).toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringMatching(/change: expected a function that has done all when it returns/) as unknown,
    })
    expect(await codeOfFailure(array.update(0, later as never))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(array.write(5 as never))).toBe("ERR_BAD_OPTION")
    expect([...(await array.snapshot())]).toEqual([0, 0])
    expect(await array.lock.locked()).toBe(false)
  })

  it("P7 a change that only turns out to go on leaves the array half written, or with a keeper as it was", async () => {
    const array = await (await open()).sharedArray(freshName("array"), Int32Array, { length: 2 })
    const disguised = (): Promise<void> => Promise.reject(new Error("later"))
    expect(await codeOfFailure(array.write(disguised as never))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(array.update(0, disguised as never))).toBe("ERR_BAD_OPTION")
    if (inMemory === undefined) expect([...(await array.snapshot())]).toEqual([0, 0])
    else
      expect(await failureOf(array.snapshot())).toMatchObject({
        code: "ERR_POISONED",
        message: expect.stringMatching(/the next write/) as unknown,
      })
    await array.write((numbers) => numbers.fill(2))
    expect([...(await array.snapshot())]).toEqual([2, 2])
  })

  it("P7 a value whose type cannot be added to at once says what does it", async () => {
    const value = await (await open()).sharedValue(freshName("value"), Float64Array)
    // @ts-expect-error the compiler says so too
    const adding = async (): Promise<unknown> => Promise.resolve(value.add(1))
    expect(await failureOf(adding())).toMatchObject({
      code: inMemory === undefined ? "ERR_MAY_NOT_BLOCK" : "ERR_UNAVAILABLE",
      message: expect.stringMatching(/use increase\(by\)/) as unknown,
    })
    expect([await value.increase(0.5), await value.read()]).toEqual([0, 0.5])
    const whole = await (await open()).sharedValue(freshName("value"), Uint16Array)
    if (inMemory !== undefined) expect([whole.add(2), whole.get()]).toEqual([0, 2])
  })

  it("P1-P7 a name that stands for something else is told in the words it was opened by", async () => {
    const toolkit = await open()
    const name = freshName("queue")
    await toolkit.queue(name, { capacity: 2, order: "priority" })
    const taken = /by a queue of capacity 2, order "priority", unfinished "forget" and itemBytes 1024;/
    for (const [other, wanted] of [
      [toolkit.queue(name), /expected a queue of capacity 64, order "fifo", unfinished "forget" and itemBytes 1024, /],
      [toolkit.pipe(name, { ways: "one-way" }), /expected a pipe of ways "one-way", capacity 64 and itemBytes 1024, /],
      [toolkit.lock(name), /expected a lock of onOwnerDied "tell", /],
      [toolkit.reentrantLock(name, { onOwnerDied: "poison" }), /expected a reentrant-lock of onOwnerDied "poison", /],
      [toolkit.semaphore(name, 3), /expected a semaphore of 3 permits, /],
      [toolkit.boundedSemaphore(name, 0), /expected a bounded-semaphore of 0 permits, /],
      [toolkit.event(name), /expected an event, /],
      [toolkit.barrier(name, 5), /expected a barrier of 5 parties, /],
      [
        toolkit.sharedArray(name, Float32Array, { length: 7 }),
        /expected an array of 7 elements of Float32Array and onOwnerDied "tell", /,
      ],
    ] as const) {
      const { code, message } = await failureOf(other)
      expect(code).toBe("ERR_OTHER_TYPE")
      expect(message).toMatch(wanted)
      expect(message).toMatch(taken)
    }
  })

  it("P2 a condition without its lock is told to take it, and a lock that nobody holds that it is not held", async () => {
    const lock = await (await open()).lock(freshName("lock"))
    const { message } = await failureOf(lock.condition().notify())
    expect(message).toMatch(/a condition needs its lock; acquire it first/)
    expect((await failureOf(lock.release())).message).toMatch(/: it is not held; /)
  })

  it("P5, P6 an item that is too large is told the option that it is too large for", async () => {
    const toolkit = await open()
    const queue = await toolkit.queue(freshName("queue"), { itemBytes: 10 })
    for (const put of [queue.put("x".repeat(11)), queue.putMany(["x".repeat(11)])])
      expect(await failureOf(put)).toMatchObject({
        code: "ERR_TOO_LARGE",
        message: expect.stringMatching(/11 bytes, and 10 is the limit; .*"itemBytes"/) as unknown,
        data: { size: 11, limit: 10 },
      })
    await queue.put("x".repeat(10))
  })

  it("P6 the end of a one-way pipe that goes the other way says which end it is", async () => {
    const pipe = await (await open()).pipe<number>(freshName("pipe"), { ways: "one-way" })
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    expect((await failureOf(left.receive())).message).toMatch(/expected "right", which receives: .* one-way, got 'left'/)
    expect((await failureOf(right.send(1))).message).toMatch(/expected "left", which sends: .* one-way, got 'right'/)
  })
})
