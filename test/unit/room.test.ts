import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Delivery } from "../../runtime/actor/delivery.js"
import { Mailbox } from "../../runtime/actor/mailbox.js"
import { Room } from "../../runtime/actor/room.js"

const letter = (): Delivery => new Delivery("note", 1, Infinity, undefined)

describe("room in a mailbox", () => {
  let mailbox: Mailbox
  let room: Room
  const served: string[] = []
  const ask = (sender: string, messages?: number, signal?: AbortSignal): void => {
    room.ask({ sender, messages, signal }).then(
      (count) => served.push(`${sender} ${String(count)}`),
      () => served.push(`${sender} failed`),
    )
  }
  beforeEach(() => {
    vi.useFakeTimers()
    served.length = 0
    mailbox = new Mailbox({ capacity: 10, overflow: "reject" })
    room = new Room(mailbox)
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const now = async (): Promise<readonly string[]> => {
    await Promise.resolve()
    await Promise.resolve()
    return served
  }

  it("M6 never promises more than there is place for, whoever asks", async () => {
    ask("a")
    ask("b")
    ask("c")
    expect(await now()).toEqual(["a 5", "b 5"])
    for (let i = 0; i < 5; i++) mailbox.admit(letter())
    ask("a")
    expect(await now()).toHaveLength(2)
    for (let i = 0; i < 5; i++) mailbox.shift()
    room.look()
    expect(await now()).toEqual(["a 5", "b 5", "c 5"])
  })

  it("M6 frees a promise that is not used by its time, or when its sender asks again", async () => {
    ask("a", 10)
    ask("b", 10)
    vi.advanceTimersByTime(999)
    expect(await now()).toEqual(["a 10"])
    vi.advanceTimersByTime(2)
    expect(await now()).toEqual(["a 10", "b 10"])
    ask("b", 10)
    expect(await now()).toEqual(["a 10", "b 10", "b 10"])
  })

  it("M6 serves in the order they came, a small wish behind a large one too, and passes over who gave up", async () => {
    const caller = new AbortController()
    for (let i = 0; i < 4; i++) mailbox.admit(letter())
    ask("large", 8, caller.signal)
    ask("small", 1)
    expect(await now()).toEqual([])
    caller.abort()
    expect([...(await now())].sort()).toEqual(["large failed", "small 1"])
  })

  it("M6 fails all who wait when it closes", async () => {
    for (let i = 0; i < 10; i++) mailbox.admit(letter())
    ask("a")
    ask("b")
    room.close(new Error("over"))
    expect(await now()).toEqual(["a failed", "b failed"])
  })
})
