// A lock in shared memory, which takes short cuts, against the rules alone.

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Operation, operation } from "../../runtime/parallel/operation.js"
import { lockPlan } from "../../runtime/parallel/plans.js"
import { lockRules } from "../../runtime/parallel/rules/lock-rules.js"
import { bury } from "../../runtime/parallel/shared-memory/burial.js"
import { openBlock } from "../../runtime/parallel/shared-memory/directory.js"
import { QuickLock } from "../../runtime/parallel/shared-memory/quick-lock.js"
import { HEADER_WORDS, State } from "../../runtime/parallel/state.js"
import { freshName } from "../support/toolkits.js"

const OWNERS = [1 << 20, (1 << 20) | 1]

describe("a lock in shared memory", () => {
  it("P3 takes no short cut while somebody was overtaken, until that one is dead", () => {
    const words = new Int32Array(400)
    const places = { head: 0, overtaken: 1, at: 16, words: 32, mine: 2 }
    words[16] = HEADER_WORDS
    const lock = new QuickLock(words, places)
    words[1] = 5
    expect(lock.acquire(1 << 20)).toBeUndefined()
    words[1] = 0
    expect(lock.acquire(1 << 20)).toMatchObject({ type: "done" })
  })

  it("P4 takes short cuts again when who was overtaken has died", () => {
    const block = openBlock(freshName("overtaken"), lockPlan("lock", {}))
    const OVERTAKEN = 12
    block.words[OVERTAKEN] = 77
    bury(block, new Set([76]))
    expect(block.words[OVERTAKEN]).toBe(77)
    bury(block, new Set([77]))
    expect(block.words[OVERTAKEN]).toBe(0)
  })

  it.each(["lock", "reentrant-lock"] as const)("P1 does what the rules say, whatever is asked of it: %s", (kind) => {
    const asked = fc.record({
      type: fc.constantFrom(
        "acquire",
        "acquire",
        "release",
        "release",
        "locked",
        "wait",
        "notify",
        "cancel",
        "check",
        "poison",
        "reset",
      ),
      owner: fc.constantFrom(...OWNERS),
      ticket: fc.constantFrom<"none" | "last" | "before">("none", "last", "before"),
      amount: fc.integer({ min: 0, max: 1 }),
    })
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (list) => {
        const plan = lockPlan(kind, { waiters: 80 })
        const block = openBlock(freshName("quick"), plan)
        const state = new State(plan.entries)
        lockRules.start(state, plan.config)
        const tickets = [0, 0]
        for (const { ticket, ...rest } of list) {
          const number = ticket === "none" ? 0 : (tickets.at(ticket === "last" ? -1 : -2) ?? 0)
          const one: Operation = operation(rest.type, rest.owner, { amount: rest.amount, ticket: number })
          state.begin()
          const expected = lockRules.decide(state, one)
          expect(block.run(one)).toEqual(expected)
          if (expected.type !== "refused" && expected.ticket !== 0) tickets.push(expected.ticket)
        }
        expect([...block.change("look", (now) => now.words.slice(0, now.end))]).toEqual([...state.words.slice(0, state.end)])
      }),
      { numRuns: 200 },
    )
  })
})
