// How a process host is put together: its way out is the bus.

import { readFileSync } from "node:fs"
import { connectBus } from "../bus/connect.js"
import { codeOf } from "../errors.js"
import { HOST_FILE_VARIABLE, type ProcessHostFile, ProcessHost } from "../host/process-host.js"
import { ledgerFileOf, openLedgerFile } from "../host/ledger-file.js"
import { InlineHost } from "../host/inline-host.js"
import { ProcessTable } from "../host/process-table.js"
import { ThreadHost } from "../host/thread-host.js"
import { joinBus } from "./bus-parts.js"
import { runChildHost } from "./child-host.js"

/** How long what was said last may take to leave the process. */
const FAREWELL_MS = 1000

export async function runProcess(): Promise<void> {
  const path = process.env[HOST_FILE_VARIABLE]
  if (path === undefined) throw new Error(`${HOST_FILE_VARIABLE} is not set: this file is started by the runtime only`)
  const file = readHostFile(path)
  const data = { ...file, args: new Uint8Array(Buffer.from(file.args, "base64")) }
  const { bus } = data.inherited
  if (bus === undefined) throw new Error("the host file names no bus")
  const connection = await connectBus({ ...bus, name: `troupe ${file.name ?? file.host}`, echo: "off", server: "known" })
  // When pm2's daemon dies, nobody reads what is printed any more; that is no reason to die as well.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
  let leaving = false
  await runChildHost({
    data,
    ledger: openLedgerFile(ledgerFileOf(path)),
    parent: undefined,
    connect: (runtime) =>
      joinBus(runtime, { connection, prefix: data.inherited.prefix, holder: `process ${String(process.pid)}` }),
    hosts: (runtime) => {
      const table = new ProcessTable({ home: data.inherited.pm2Home, env: process.env, stateDir: data.inherited.stateDir })
      return {
        inline: new InlineHost(runtime),
        thread: new ThreadHost(runtime),
        process: new ProcessHost({ runtime, table, settle: () => connection.flush(500) }),
      }
    },
    leave: (code) => {
      if (leaving) return
      leaving = true
      void connection.drain(FAREWELL_MS).finally(() => process.exit(code))
    },
  })
}

/** What this process is to be. Without the file nobody waits for it any more: pm2 came to start it too late. */
function readHostFile(path: string): ProcessHostFile {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessHostFile
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
    process.stderr.write("its start was given up before this process ran\n")
    process.exit(1)
  }
}
