import { describe, expect, it } from "vitest"
import { Ledger, LEDGER_BYTES, readLedger } from "../../runtime/actor/ledger.js"

describe("the ledger of a host", () => {
  it("M7 counts a message that came as sent, also when the host ends before its actor counts it", () => {
    const memory = new Uint8Array(LEDGER_BYTES)
    const ledger = new Ledger(memory)
    const asker = ledger.open("asker")
    for (let i = 0; i < 3; i++) {
      ledger.came(asker)
      ledger.books.sent++
    }
    ledger.came(asker)
    expect(readLedger(memory)).toMatchObject({ books: { sent: 4 }, came: { asker: 4 } })
  })

  it("M7 counts each message once, wherever it came from", () => {
    const memory = new Uint8Array(LEDGER_BYTES)
    const ledger = new Ledger(memory)
    const asker = ledger.open("asker")
    ledger.came(asker)
    ledger.books.sent++
    ledger.books.sent++
    ledger.came(-1)
    expect(readLedger(memory)).toMatchObject({ books: { sent: 2 }, came: { asker: 1 } })
  })

  it("is written a few times for a batch of asks, also when the turn ends after the answers have left", () => {
    let writes = 0
    const ledger = new Ledger(new Uint8Array(LEDGER_BYTES), () => writes++)
    const asker = ledger.open("asker")
    const batch = (first: number): number => {
      const before = writes
      for (let id = first; id < first + 128; id++) {
        ledger.begin(asker, id)
        ledger.books.handled++
      }
      ledger.settle()
      // What is counted of the last answer, once they have left.
      ledger.books.handled++
      ledger.settle()
      return writes - before
    }
    batch(1)
    expect(batch(129)).toBeLessThanOrEqual(3)
  })

  it("says of asks that take a turn each exactly what was begun", () => {
    const memory = new Uint8Array(LEDGER_BYTES)
    const ledger = new Ledger(memory, () => undefined)
    const asker = ledger.open("asker")
    for (let id = 1; id <= 128; id++) ledger.begin(asker, id)
    ledger.settle()
    for (const id of [129, 130]) {
      ledger.begin(asker, id)
      ledger.settle()
    }
    ledger.begin(asker, 131)
    expect(readLedger(memory).begun).toEqual({ asker: 131 })
  })
})
