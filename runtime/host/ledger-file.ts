// The ledger of a process, in a file beside the one it was started from: the kernel keeps what was written when it is killed.

import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs"
import { BEATS_AT, Ledger, LEDGER_BYTES, type LedgerView, readLedger } from "../actor/ledger.js"
import { stateDirError } from "../bus/state-dir.js"

/** Where the ledger of a process stands that is started from this file. */
export function ledgerFileOf(hostFile: string): string {
  return hostFile.replace(/\.json$/, ".ledger")
}

/** An empty one, for a process about to be started. All of it is written, so that no later write needs room. @throws {StateDirError} */
export function createLedgerFile(path: string): void {
  try {
    writeFileSync(path, new Uint8Array(LEDGER_BYTES), { mode: 0o600 })
  } catch (error) {
    throw stateDirError(path, error)
  }
}

/** What it says now; that nothing is known when it cannot be read. */
export function readLedgerFile(path: string): LedgerView {
  try {
    return readLedger(new Uint8Array(readFileSync(path)))
  } catch {
    return { ...readLedger(new Uint8Array(LEDGER_BYTES)), begun: undefined }
  }
}

/** How often its process has beaten, without reading the rest; undefined when it cannot be read. */
export function readBeatsFile(path: string): number | undefined {
  const word = new Float64Array(1)
  try {
    const file = openSync(path, "r")
    try {
      return readSync(file, word, 0, word.byteLength, BEATS_AT) === word.byteLength ? word[0] : undefined
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/** The ledger of this process. A write that fails is thrown at whoever begins a message: what nobody can know of must not begin. */
export function openLedgerFile(path: string): Ledger {
  const file = openSync(path, "r+")
  return new Ledger(new Uint8Array(LEDGER_BYTES), (bytes) => {
    if (writeSync(file, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error(`${path}: could not be written whole`)
  })
}
