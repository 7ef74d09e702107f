// How a worker thread is put together: its way out are the rings to the thread that started it.

import { Intake } from "../actor/intake.js"
import { Ledger } from "../actor/ledger.js"
import { wayNotice } from "../host/host-report.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { InlineHost } from "../host/inline-host.js"
import { ProcessHost } from "../host/process-host.js"
import { ProcessTable } from "../host/process-table.js"
import { ThreadHost, type ThreadHostData } from "../host/thread-host.js"
import { shareNativeLoads } from "../parallel/mapped-memory/native-load.js"
import { Outbox } from "../transport/outbox.js"
import { RingTransport, type Turn } from "../transport/ring-transport.js"
import { Siblings } from "../transport/siblings.js"
import type { WayOffer } from "../transport/switchboard.js"
import { runChildHost } from "./child-host.js"

/** How long what was said last may take to find room. */
const FAREWELL_MS = 5000

export function runThread(data: ThreadHostData): Promise<void> {
  // A sleeping ring holds no event loop, and an actor that has nothing to do is not at its end.
  data.rings.parcels.ref()
  shareNativeLoads(data.nativeLoad)
  const intake = new Intake(data.intake)
  let siblings: Siblings | undefined
  return runChildHost({
    data,
    ledger: new Ledger(data.ledger),
    intake,
    caughtUp: async () => siblings?.readAll(),
    parent: data.owner,
    connect: (runtime) => {
      const owner = new RingTransport({
        ends: data.rings,
        receive: runtime.router.receiveFromOwner,
        handed: (offer) => siblings?.offered(offer as WayOffer),
        turn: turnOf(runtime),
        broken,
      })
      const joined = (siblings = joinSiblings(runtime, { data, owner, intake }))
      process.once("exit", () => {
        joined.leave()
        owner.settle(FAREWELL_MS)
      })
      runtime.router.routes.fallback = owner
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

/** The ways to other threads of the same owner, of which that one tells. */
function joinSiblings(
  runtime: HostRuntime,
  { data, owner, intake }: { readonly data: ThreadHostData; readonly owner: RingTransport; readonly intake: Intake },
): Siblings {
  const { router, agent, host } = runtime
  const siblings = new Siblings({
    ...{ self: host, router, owner, intake, turn: turnOf(runtime), broken },
    tell: (request, report) => {
      router.flush()
      runtime.tellHost(data.owner, request, report)
      router.flush()
    },
  })
  agent.serve("way-opens", wayNotice, ({ way }) => siblings.opens(way))
  agent.serve("way-rests", wayNotice, ({ way }) => siblings.rests(way))
  agent.serve("way-ends", wayNotice, ({ way }) => siblings.ends(way))
  return siblings
}

/** What a turn brings is handled in it, and what that posts leaves with it: whoever asks waits for no more of this loop than that. */
function turnOf({ queue }: HostRuntime): Turn {
  return { begins: () => queue.hold(), ends: () => Outbox.sendBehind(() => queue.letGo()) }
}

function broken(error: unknown): never {
  throw error
}
