// How a worker thread is put together: its way out are the rings to the thread that started it.

import { Intake } from "../actor/intake.js"
import { Ledger } from "../actor/ledger.js"
import { InlineHost } from "../host/inline-host.js"
import { ProcessHost } from "../host/process-host.js"
import { ProcessTable } from "../host/process-table.js"
import { ThreadHost, type ThreadHostData } from "../host/thread-host.js"
import { shareNativeLoads } from "../parallel/mapped-memory/native-load.js"
import { RingTransport } from "../transport/ring-transport.js"
import { runChildHost } from "./child-host.js"

/** How long what was said last may take to find room. */
const FAREWELL_MS = 5000

export function runThread(data: ThreadHostData): Promise<void> {
  // A sleeping ring holds no event loop, and an actor that has nothing to do is not at its end.
  data.rings.parcels.ref()
  shareNativeLoads(data.nativeLoad)
  return runChildHost({
    data,
    ledger: new Ledger(data.ledger),
    intake: new Intake(data.intake),
    parent: data.owner,
    connect: (runtime) => {
      const transport = new RingTransport({
        ends: data.rings,
        receive: runtime.router.receiveFromOwner,
        broken: (error) => {
          throw error
        },
      })
      process.once("exit", () => transport.settle(FAREWELL_MS))
      runtime.router.routes.fallback = transport
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
    // What was sent is read before the thread's end is told.
    leave: (code) => process.exit(code),
  })
}
