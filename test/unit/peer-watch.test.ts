import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { hostId, type HostId } from "../../runtime/ids.js"
import { PeerWatch } from "../../runtime/system/peer-watch.js"
import type { Presence } from "../../runtime/transport/nats-presence.js"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

interface Scene {
  readonly watch: PeerWatch
  readonly waitedFor: Set<HostId>
  readonly presence: Map<string, Presence>
  readonly looks: string[]
  readonly lost: string[]
}

function scene(self = "n1"): Scene {
  const waitedFor = new Set<HostId>()
  const presence = new Map<string, Presence>()
  const looks: string[] = []
  const lost: string[] = []
  const watch = new PeerWatch({
    self: hostId(self),
    waitedFor: () => waitedFor,
    look: (host) => {
      looks.push(host)
      return Promise.resolve(presence.get(host) ?? "there")
    },
    lost: (host) => {
      lost.push(host)
      for (const one of waitedFor) if (one.startsWith(host)) waitedFor.delete(one)
    },
  })
  return { watch, waitedFor, presence, looks, lost }
}

const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000)

describe("the look-out for other processes", () => {
  it("looks at nothing while nothing is waited for, and leaves no timer", async () => {
    const { watch, looks, waitedFor } = scene()
    expect(vi.getTimerCount()).toBe(0)
    watch.wake()
    await seconds(5)
    expect({ looks, timers: vi.getTimerCount() }).toEqual({ looks: [], timers: 0 })
    waitedFor.add(hostId("n2"))
    watch.wake()
    await seconds(3)
    expect(looks).toEqual(["n2", "n2", "n2"])
    waitedFor.clear()
    await seconds(2)
    expect({ looks: looks.length, timers: vi.getTimerCount() }).toEqual({ looks: 3, timers: 0 })
  })

  it("looks once a second at each process, however often and for how many hosts in it it is woken", async () => {
    const { watch, looks, waitedFor } = scene()
    for (const host of ["n2", "n2-t1", "n2-t1-t4", "n3-p1-t1"]) waitedFor.add(hostId(host))
    for (let i = 0; i < 100; i++) watch.wake()
    await seconds(2)
    expect(looks).toEqual(["n2", "n3-p1", "n2", "n3-p1"])
  })

  it("leaves its own process, and what is below it, to those who know them at first hand", async () => {
    const { watch, looks, waitedFor } = scene("n1-p2-t7")
    for (const host of ["n1-p2", "n1-p2-t3", "n1-p2-p1", "n1-p2-t7-t1", "n1", "n1-p3"]) waitedFor.add(hostId(host))
    watch.wake()
    await seconds(1)
    expect(looks).toEqual(["n1", "n1-p3"])
  })

  it("W5 a program that is gone at two looks is lost, once", async () => {
    const { watch, presence, lost, waitedFor } = scene()
    waitedFor.add(hostId("n2-t1"))
    presence.set("n2", "gone")
    watch.wake()
    await seconds(1)
    expect(lost).toEqual([])
    await seconds(1)
    expect(lost).toEqual(["n2"])
    await seconds(10)
    expect(lost).toEqual(["n2"])
  })

  it("W5 a process host is given longer: its owner tells why it is gone", async () => {
    const { watch, presence, lost, waitedFor } = scene()
    waitedFor.add(hostId("n2-p1"))
    presence.set("n2-p1", "gone")
    watch.wake()
    await seconds(6)
    expect(lost).toEqual([])
    await seconds(1)
    expect(lost).toEqual(["n2-p1"])
  })

  it.each(["there", "unknown"] as const)("W1 one that was %s in between is not lost", async (between) => {
    const { watch, presence, lost, waitedFor } = scene()
    waitedFor.add(hostId("n2"))
    watch.wake()
    for (let round = 0; round < 10; round++) {
      presence.set("n2", round % 2 === 0 ? "gone" : between)
      await seconds(1)
    }
    expect(lost).toEqual([])
  })

  it("looks at once at one that could not be reached", async () => {
    const { watch, presence, lost, looks, waitedFor } = scene()
    waitedFor.add(hostId("n2"))
    presence.set("n2", "gone")
    watch.suspect(hostId("n2"))
    expect(looks).toEqual(["n2"])
    await seconds(1)
    expect(lost).toEqual(["n2"])
  })

  it("does nothing any more when it is closed", async () => {
    const { watch, presence, lost, looks, waitedFor } = scene()
    waitedFor.add(hostId("n2"))
    presence.set("n2", "gone")
    watch.wake()
    await seconds(1)
    watch.close()
    watch.wake()
    await seconds(5)
    expect({ lost, looks, timers: vi.getTimerCount() }).toEqual({ lost: [], looks: ["n2"], timers: 0 })
  })
})
