import { describe, expect, it } from "vitest"
import { beatMsFor } from "../../runtime/host/heartbeat.js"
import { parseVitals, type Pulse } from "../../runtime/host/pulse.js"
import { type Health, HealthJudge } from "../../runtime/supervision/health.js"
import { shouldRestart } from "../../runtime/supervision/restart-policy.js"

const BEAT_MS = 100
const LIMIT_MS = 1000

/** A loop and its observer, with clocks that move by hand. */
class Scene implements Pulse {
  readonly judge = new HealthJudge({ beatMs: BEAT_MS, limitMs: LIMIT_MS }, { now: 0, wall: 5_000_000 })
  now = 0
  wall = 5_000_000
  count: number | undefined = 1
  work = 0
  stopped = false
  vitalsRead = 0

  beats(): number | undefined {
    return this.count
  }

  vitals(): { stopped: boolean; worked: number } {
    this.vitalsRead++
    return { stopped: this.stopped, worked: this.work }
  }

  /** So many looks, each a beat's time after the one before; what the loop does before each. Gives what the looks said, in short. */
  looks(count: number, meanwhile: () => void = () => undefined): Health[] {
    const seen: Health[] = []
    for (let i = 0; i < count; i++) {
      meanwhile()
      const health = this.look(BEAT_MS)
      if (health !== seen.at(-1)) seen.push(health)
    }
    return seen
  }

  look(afterMs: number, wallMs = afterMs): Health {
    this.now += afterMs
    this.wall += wallMs
    return this.judge.look({ now: this.now, wall: this.wall, pulse: this })
  }

  readonly beat = (): void => {
    this.count = (this.count ?? 0) + 1
  }
  readonly toil = (): void => {
    this.work++
  }
}

describe("S15 the judgement of an event loop from outside", () => {
  it("is well while it beats, and looks no further", () => {
    const scene = new Scene()
    expect(scene.looks(100, scene.beat)).toEqual(["well"])
    expect(scene.vitalsRead).toBe(0)
  })

  it("is busy when it is late and works, unresponsive at the limit, and well again with the next beat", () => {
    const scene = new Scene()
    scene.look(BEAT_MS)
    expect(scene.looks(9, scene.toil)).toEqual(["well", "busy"])
    expect(scene.looks(1, scene.toil)).toEqual(["unresponsive"])
    expect(scene.judge.silentMs(scene.now)).toBe(LIMIT_MS)
    expect(scene.looks(50, scene.toil)).toEqual(["unresponsive"])
    scene.beat()
    expect(scene.looks(1)).toEqual(["well"])
  })

  it("is not busy when it is late and does nothing, and is unresponsive at the same limit", () => {
    const scene = new Scene()
    scene.look(BEAT_MS)
    expect(scene.looks(9)).toEqual(["well"])
    expect(scene.looks(1)).toEqual(["unresponsive"])
    expect(scene.judge.stopped).toBe(false)
  })

  it("is unresponsive as soon as it is late when its process is stopped, and not before", () => {
    const scene = new Scene()
    scene.look(BEAT_MS)
    scene.stopped = true
    expect(scene.looks(1)).toEqual(["well"])
    expect(scene.looks(1)).toEqual(["unresponsive"])
    expect(scene.judge.stopped).toBe(true)
  })

  it.each([
    { what: "was late itself", look: [60_000, 60_000] },
    { what: "slept with the machine", look: [BEAT_MS, 3_600_000] },
  ] as const)("accuses nobody until a whole limit after the observer $what", ({ look: [now, wall] }) => {
    for (const stopped of [false, true]) {
      const scene = new Scene()
      scene.look(BEAT_MS)
      scene.stopped = stopped
      expect(scene.look(now, wall)).toBe("well")
      expect(scene.looks(9)).toEqual(["well"])
      expect(scene.looks(1)).toEqual(["unresponsive"])
    }
  })

  it("accuses nobody while the observer is late again and again", () => {
    const scene = new Scene()
    for (let i = 0; i < 50; i++) expect(scene.look(3 * BEAT_MS)).toBe("well")
  })

  it("does not forgive because the observer was late", () => {
    const scene = new Scene()
    scene.look(BEAT_MS)
    expect(scene.looks(10)).toEqual(["well", "unresponsive"])
    expect(scene.look(60_000)).toBe("unresponsive")
  })

  it("says nothing of a loop whose beats cannot be read", () => {
    const scene = new Scene()
    scene.count = undefined
    scene.stopped = true
    expect(scene.looks(100)).toEqual(["well"])
  })
})

describe("S15 what the judgement rests on", () => {
  it("reads the state and the time on the processor of a thread, whatever its command is called", () => {
    const line = (state: string): string => `7 (a) S (b) ${state} 1 7 7 0 -1 4194560 9 0 0 0 31 11 0 0 20 0 11 0 500 1 1`
    expect(parseVitals(line("T"))).toEqual({ stopped: true, worked: 42 })
    expect(parseVitals(line("R"))).toEqual({ stopped: false, worked: 42 })
    // Held by a debugger.
    expect(parseVitals(line("t"))).toEqual({ stopped: false, worked: 42 })
    expect(parseVitals("")).toEqual({ stopped: false, worked: undefined })
  })

  it("beats several times within a limit, and once a second when there is time", () => {
    expect([200, 800, 10_000, Infinity].map(beatMsFor)).toEqual([25, 100, 1000, 1000])
  })

  it("starts one that hung again as its restart says, unless it was to be ended for good", () => {
    const hung = { type: "unresponsive", known: "missed-heartbeats" } as const
    expect(shouldRestart({ onUnresponsive: "restart" }, hung)).toBe(true)
    expect(shouldRestart({ onUnresponsive: "restart", restart: "transient" }, hung)).toBe(true)
    expect(shouldRestart({ onUnresponsive: "restart", restart: "temporary" }, hung)).toBe(false)
    expect(shouldRestart({ onUnresponsive: "kill", restart: "permanent" }, hung)).toBe(false)
    expect(shouldRestart({ onUnresponsive: "kill" }, { type: "killed", known: "signal" })).toBe(true)
  })
})
