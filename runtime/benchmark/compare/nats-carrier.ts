// Bare requests of the nats package to another process, encoded by msgpackr.

import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { BusAddress } from "../../bus/bus-address.js"
import { connectBus } from "../../bus/connect.js"
import type { BareRequest } from "./bare-answer.js"
import { type Carrier, OverLimit } from "./carrier.js"
import { childReady } from "./child-ready.js"
import { copiedHere, kernelBytes } from "./copy-counter.js"
import { processCpuNs, threadCpuNs } from "./cpu-clock.js"
import { packed, unpacked } from "./parcel.js"
import { shownBytes } from "./shown-bytes.js"

const SUBJECT = "compare.bare"
const REQUEST_MS = 60_000

/** nats-server drops a client for which 64 MiB are waiting. */
export const NATS_MOST_BYTES = 8 * 2 ** 20

export interface NatsStage {
  readonly address: BusAddress
  readonly serverPid: number | undefined
}

export async function natsCarrier({ address, serverPid }: NatsStage): Promise<Carrier> {
  const connection = await connectBus({ ...address, name: "bare asker" })
  const child = fork(fileURLToPath(new URL("nats-entry.js", import.meta.url)), {
    env: { ...process.env, TROUPE_INTERNAL_BENCH_BUS: JSON.stringify(address) },
  })
  const gone = once(child, "exit")
  await childReady(child).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const ask = async (request: BareRequest): Promise<number | undefined> => {
    const bytes = packed(request)
    if (bytes.length > connection.maxPayload)
      throw new OverLimit(`${shownBytes(connection.maxPayload)} for one message of nats-server`)
    const { data } = await connection.raw.request(SUBJECT, bytes, { timeout: REQUEST_MS })
    return unpacked(data) as number | undefined
  }
  return {
    width: 256,
    mostBytes: NATS_MOST_BYTES,
    hand: async ({ sequence, check, body }) => (await ask({ type: "take", sequence, check, body })) ?? -1,
    async cpu() {
      const there = await ask({ type: "cpu" })
      return { here: threadCpuNs(), there, between: serverPid === undefined ? undefined : processCpuNs(serverPid) }
    },
    async copied() {
      const there = await ask({ type: "copied" })
      return { here: copiedHere(), there, between: serverPid === undefined ? undefined : kernelBytes(serverPid) }
    },
    async close() {
      child.kill("SIGKILL")
      await gone
      await connection.close()
    },
  }
}
