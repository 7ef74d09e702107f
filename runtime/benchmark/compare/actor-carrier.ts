// Payloads as messages to an actor, wherever it is placed.

import type { Placement } from "../../actor/surroundings.js"
import type { ActorSystem } from "../../system/actor-system.js"
import type { Carrier } from "./carrier.js"
import { copiedHere, kernelBytes } from "./copy-counter.js"
import { processCpuNs, threadCpuNs } from "./cpu-clock.js"
import { NATS_MOST_BYTES } from "./nats-carrier.js"
import { Receiver } from "./receiver.js"

const ASK_MS = 60_000
/** What waits for room in a thread's ring is 64 MiB at most; more is refused. */
const THREAD_MOST_BYTES = 32 * 2 ** 20

export interface ActorStage {
  readonly system: ActorSystem
  /** The process of nats-server, when it is known. */
  readonly serverPid: number | undefined
}

export async function actorCarrier({ system, serverPid }: ActorStage, placement: Placement): Promise<Carrier> {
  const ref = await system.spawn(Receiver, { placement })
  const { ask } = ref.with({ timeoutMs: ASK_MS })
  return {
    width: 256,
    ...(placement === "inline" ? {} : { mostBytes: placement === "process" ? NATS_MOST_BYTES : THREAD_MOST_BYTES }),
    hand: ({ sequence, check, body }) => ask.take({ sequence, check, body }),
    async cpu() {
      const there = placement === "inline" ? 0 : await ask.cpu()
      const between = placement === "process" && serverPid !== undefined ? processCpuNs(serverPid) : undefined
      return { here: threadCpuNs(), there, between }
    },
    async copied() {
      const there = placement === "inline" ? 0 : await ask.copied()
      const between = placement === "process" && serverPid !== undefined ? kernelBytes(serverPid) : undefined
      return { here: copiedHere(), there, between }
    },
    async close() {
      await system.kill(ref)
    },
  }
}
