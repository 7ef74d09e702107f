// A lock in shared memory, which takes short cuts, against the rules alone.

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Operation, operation } from "../../runtime/parallel/operation.js"
import { lockPlan } from "../../runtime/parallel/plans.js"
import { lockRules } from "../../runtime/parallel/rules/lock-rules.js"
import { openBlock } from "../../runtime/parallel/shared-memory/directory.js"
import { State } from "../../runtime/parallel/state.js"
import { freshName } from "../support/toolkits.js"

const OWNERS = [1 << 20, (1 << 20) | 1]

describe("a lock in shared memory", () => {
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
