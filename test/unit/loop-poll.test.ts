// A loop that turns for a moment after a message, and for no longer.

import { describe, expect, it } from "vitest"
import { LoopPoll } from "../../runtime/transport/loop-poll.js"

const TURN_MS = 0.01
const LONG_MS = 20

/** A loop whose time is moved by hand. */
class ManualLoop {
  #now = 0
  #next: (() => void) | undefined
  turns = 0
  readonly poll = new LoopPoll({
    now: () => this.#now,
    nextTurn: (run) => {
      this.turns++
      this.#next = run
    },
  })

  get isTurning(): boolean {
    return this.#next !== undefined
  }

  pass(ms: number): void {
    const until = this.#now + ms
    while (this.#now < until) {
      this.#now += TURN_MS
      const run = this.#next
      this.#next = undefined
      run?.()
    }
  }

  /** Messages that come one after the other, after a rest. */
  comeInARow(): void {
    for (let i = 0; i < 3; i++) this.poll.came()
  }
}

describe("a loop that looks for the next message", () => {
  it("turns after one of several, and stops when none follows", () => {
    const loop = new ManualLoop()
    loop.comeInARow()
    expect(loop.turns).toBe(1)
    loop.pass(0.1)
    expect(loop.isTurning).toBe(true)
    loop.pass(0.1)
    expect(loop.isTurning).toBe(false)
  })

  it("goes on turning while messages come", () => {
    const loop = new ManualLoop()
    loop.comeInARow()
    for (let i = 0; i < 100; i++) {
      loop.pass(0.1)
      loop.poll.came()
    }
    expect(loop.isTurning).toBe(true)
  })

  it("does not turn for a question once in a while and its answer", () => {
    const [asker, asked] = [new ManualLoop(), new ManualLoop()]
    for (let i = 0; i < 5; i++) {
      asker.poll.left()
      asked.poll.came()
      asked.poll.left()
      asker.poll.came()
      asker.pass(LONG_MS)
      asked.pass(LONG_MS)
    }
    expect([asker.turns, asked.turns]).toEqual([0, 0])
  })

  it("does not look again after two looks in vain, until messages come soon after one another for long", () => {
    const loop = new ManualLoop()
    for (let i = 0; i < 2; i++) {
      loop.comeInARow()
      loop.pass(LONG_MS)
    }
    const { turns } = loop
    loop.comeInARow()
    loop.pass(LONG_MS)
    expect(loop.turns).toBe(turns)
    for (let i = 0; i < 1000 && loop.turns === turns; i++) loop.poll.came()
    expect(loop.turns).toBe(turns + 1)
  })

  it("stops when it is closed", () => {
    const loop = new ManualLoop()
    loop.comeInARow()
    loop.poll.close()
    loop.pass(TURN_MS)
    expect(loop.isTurning).toBe(false)
  })
})
