import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { exitReason } from "../../runtime/actor/exit-reason.js"
import { hostReport } from "../../runtime/host/host-report.js"
import { hostId, parseActorId } from "../../runtime/ids.js"
import {
  anything,
  flag,
  listOf,
  made,
  Misfit,
  nothing,
  number,
  oneOf,
  optional,
  record,
  type Shape,
  tagged,
  text,
} from "../../runtime/wire/shape.js"

function faultOf(shape: Shape<unknown>, value: unknown): string {
  try {
    shape(value, "")
  } catch (error) {
    if (error instanceof Misfit) return `${error.path}: ${error.message}`
    throw error
  }
  return "fits"
}

const order = record({
  id: made(parseActorId),
  lines: listOf(record({ count: number, gift: optional(flag) })),
  how: oneOf("fast", "slow"),
  note: optional(text),
})

describe("a shape", () => {
  it("gives a copy of what it asks for, without the rest", () => {
    const line = { count: 1, more: 2 }
    const read = order({ id: "n1:2", lines: [line], how: "fast", note: null, extra: [] }, "")
    expect(read).toStrictEqual({ id: "n1:2", lines: [{ count: 1 }], how: "fast" })
  })

  it.each([
    [null, ": expected an object, got null"],
    [[], ": expected an object, got []"],
    [{}, "id: actor id: expected"],
    [{ id: "n1" }, "id: actor id: expected"],
    [{ id: "n1:2", lines: {} }, "lines: expected a list, got {}"],
    [{ id: "n1:2", lines: [{ count: NaN }] }, "lines[0].count: expected a number, got NaN"],
    [{ id: "n1:2", lines: [{ count: 1, gift: 0 }] }, "lines[0].gift: expected true or false, got 0"],
    [{ id: "n1:2", lines: [], how: "later" }, "how: expected fast | slow, got 'later'"],
    [{ id: "n1:2", lines: [], how: "fast", note: 7 }, "note: expected text, got 7"],
  ])("says of %o where it does not fit", (value, fault) => {
    expect(faultOf(order, value)).toContain(fault)
  })

  it("looks at own fields only", () => {
    expect(faultOf(record({ toString: anything, constructor: nothing }), {})).toBe("fits")
    expect(faultOf(tagged({ a: { x: number } }), { type: "constructor" })).toContain("type: expected a")
    expect(faultOf(record({ host: made(hostId) }), Object.create({ host: "n1" }))).toContain("host:")
  })

  it("meets any value with a reading or a Misfit, never with another error", () => {
    const shapes: Shape<unknown>[] = [order, exitReason, hostReport, text, nothing, listOf(flag)]
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true, withSet: true }), (value) => {
        for (const shape of shapes) expect(typeof faultOf(shape, value)).toBe("string")
      }),
      { numRuns: 500 },
    )
  })

  it("takes every reason that an actor can end with", () => {
    const error = { name: "Error", message: "m" }
    for (const reason of [
      { type: "normal", known: "returned" },
      { type: "crashed", known: "thrown-error", error: { ...error, code: "E", stack: "s" } },
      { type: "crashed", known: "thrown-error", error },
      { type: "exited", known: "exit-event", code: 3 },
      { type: "signalled", known: "signal", signal: "SIGKILL" },
      { type: "host-lost", known: "missed-heartbeats" },
    ])
      expect(exitReason(reason, "")).toStrictEqual(reason)
  })
})
