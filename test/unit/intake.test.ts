import { describe, expect, it } from "vitest"
import { Intake, INTAKE_BYTES, INTAKE_WINDOW, IntakeView, UNNUMBERED } from "../../runtime/actor/intake.js"
import { Chance } from "../support/chance.js"

function both(): { intake: Intake; view: IntakeView } {
  const memory = new Uint8Array(new SharedArrayBuffer(INTAKE_BYTES))
  return { intake: new Intake(memory), view: new IntakeView(memory) }
}

describe("an intake", () => {
  it("S9 tells at once which messages are settled, in whatever order, and moves its mark when it is published", () => {
    const { intake, view } = both()
    expect(intake.arrive(5)).toBe(0)
    expect(intake.arrive(3)).toBe(5)
    for (const number of [4, 0, 1, UNNUMBERED]) intake.settle(number)
    expect([0, 1, 2, 3, 4, 5].map((number) => view.isSettled(number))).toEqual([true, true, false, false, true, false])
    expect(view.mark).toBe(0)
    intake.publish()
    expect(view.mark).toBe(2)
    intake.settleAll(2, 8)
    intake.publish()
    expect(view.mark).toBe(8)
    expect(view.isSettled(8)).toBe(false)
  })

  it("S9 forgets nothing that is settled further ahead than its memory reaches", () => {
    const { intake, view } = both()
    intake.arrive(3 * INTAKE_WINDOW)
    for (let number = 1; number < 3 * INTAKE_WINDOW; number++) intake.settle(number)
    expect(view.isSettled(INTAKE_WINDOW)).toBe(false)
    intake.publish()
    expect({ mark: view.mark, first: view.isSettled(0) }).toEqual({ mark: 0, first: false })
    intake.settle(0)
    for (const mark of [1, 2, 3]) {
      intake.publish()
      expect(view.mark).toBe(mark * INTAKE_WINDOW)
    }
    expect(view.isSettled(3 * INTAKE_WINDOW)).toBe(false)
  })

  it("S9 agrees with a plain set of what is settled, over many windows", () => {
    const chance = new Chance(20261123)
    const { intake, view } = both()
    const waiting = new Set<number>()
    let arrived = 0
    for (let step = 0; step < 20_000; step++) {
      const count = chance.between(0, 30)
      const first = intake.arrive(count)
      for (let i = 0; i < count; i++) waiting.add(first + i)
      arrived += count
      for (const number of [...waiting].slice(0, chance.between(0, 32))) {
        if (chance.next() < 0.05) continue
        waiting.delete(number)
        intake.settle(number)
      }
      if (chance.next() < 0.3) intake.publish()
      if (step % 100 === 0)
        for (let i = 0; i < 50; i++) {
          const number = chance.between(Math.max(0, arrived - 200), arrived + 50)
          expect(view.isSettled(number), String(number)).toBe(number < arrived && !waiting.has(number))
        }
    }
    expect(arrived).toBeGreaterThan(3 * INTAKE_WINDOW)
  })
})
