import { describe, expect, it } from "vitest"
import type { ActorRef } from "../../runtime/actor/actor-ref.js"
import type { ExitReason } from "../../runtime/actor/exit-reason.js"
import { HostRuntime } from "../../runtime/host/host-runtime.js"
import { actorId, hostId } from "../../runtime/ids.js"
import { Watches } from "../../runtime/supervision/watches.js"

const HOST = hostId("n1")
const SHUTDOWN: ExitReason = { type: "shutdown", known: "requested" }

/** The watches of a host that has no other to talk to, and a ref of an actor by its number there. */
function setUp(): { watches: Watches; ref: (n: number) => ActorRef } {
  const inherited = {} as HostRuntime["settings"]["inherited"]
  const settings = {
    host: HOST,
    incarnation: 1,
    owner: undefined,
    ledger: undefined,
    placement: "inline" as const,
    askTimeoutMs: 5000,
    strictMessages: false,
    inherited,
  }
  const runtime = new HostRuntime(settings, () => {
    throw new Error("nothing of that is needed here")
  })
  return {
    watches: new Watches(runtime, () => true),
    ref: (n) => runtime.refTo({ id: actorId(HOST, n), name: `actor ${String(n)}`, kind: "test" }),
  }
}

describe("watches", () => {
  it("W1 forgetting a watcher costs what it watches, not what everybody does", () => {
    const costOf = (count: number): number => {
      const { watches, ref } = setUp()
      const watchers = Array.from({ length: count }, (_, n) => ({ name: `watcher ${String(n)}` }))
      for (const [n, watcher] of watchers.entries()) watches.watch(watcher, ref(n), () => undefined)
      const began = performance.now()
      for (const watcher of watchers) watches.forget(watcher)
      return (performance.now() - began) / count
    }
    costOf(2000)
    const few = costOf(2000)
    const many = costOf(32_000)
    // In milliseconds for each; a look at all watches would make it sixteen times as much.
    expect(many).toBeLessThan(4 * few + 0.005)
  })

  it("W1 each watcher is told once: not again at a second end, nor when its host goes down, nor once it is forgotten", () => {
    const { watches, ref } = setUp()
    const told: string[] = []
    const watch = (name: string, n: number): { name: string } => {
      const key = { name }
      watches.watch(key, ref(n), (_, { type }) => told.push(`${name} ${type}`))
      return key
    }
    const [first, second, third] = [watch("first", 1), watch("second", 1), watch("third", 2)]
    watches.watch(first, ref(1), () => told.push("first, by its second watch"))
    watches.forget(second)
    watches.terminated(ref(1).id, SHUTDOWN)
    watches.terminated(ref(1).id, SHUTDOWN)
    expect(watches.unwatch(first, ref(1))).toBe(false)
    expect(watches.unwatch(third, ref(2))).toBe(true)
    watches.hostDown({ host: HOST, incarnation: 1 }, SHUTDOWN)
    expect(told).toEqual(["first shutdown"])
  })
})
