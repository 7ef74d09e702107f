// How a worker thread is put together: its way out is the port to the thread that started it.

import type { MessagePort } from "node:worker_threads"
import { Ledger } from "../actor/ledger.js"
import { InlineHost } from "../host/inline-host.js"
import { ProcessHost } from "../host/process-host.js"
import { ProcessTable } from "../host/process-table.js"
import { ThreadHost, type ThreadHostData } from "../host/thread-host.js"
import { PortTransport } from "../transport/port-transport.js"
import { runChildHost } from "./child-host.js"

export function runThread(data: ThreadHostData, port: MessagePort): Promise<void> {
  return runChildHost({
    data,
    ledger: new Ledger(data.ledger),
    parent: data.owner,
    connect: (runtime) => {
      runtime.router.routes.fallback = new PortTransport(port, runtime.router.receive)
      return { carrier: undefined, peers: undefined, names: undefined, services: undefined }
    },
    hosts: (runtime) => {
      const table = new ProcessTable({ home: data.inherited.pm2Home, env: process.env, stateDir: data.inherited.stateDir })
      const settle = async (): Promise<void> => {
        await runtime.askHost(data.owner, "settle-bus", { timeoutMs: 1000 })
      }
      return {
        inline: new InlineHost(runtime),
        thread: new ThreadHost(runtime),
        process: new ProcessHost({ runtime, table, settle }),
      }
    },
    // What was posted is delivered before the thread's end is told.
    leave: (code) => process.exit(code),
  })
}
