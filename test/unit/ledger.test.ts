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
})
