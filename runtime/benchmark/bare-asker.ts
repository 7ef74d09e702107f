// The asking side of the bare baseline: requests of the nats package, JSON both ways where there is no payload. With one, its bytes go as
// they are, which is the least that anybody can do with them.

import type { BusAddress } from "../bus/bus-address.js"
import { connectBus } from "../bus/connect.js"
import { BENCH_VARIABLE } from "./asker-process.js"
import { answerBytes, askBytes, BARE_BYTES, BARE_FRAMES, BARE_INCREMENT, framesOf } from "./bare-subjects.js"
import { many, type Round, sequence, serveRounds } from "./round.js"

const connection = await connectBus({ ...(JSON.parse(process.env[BENCH_VARIABLE] ?? "{}") as BusAddress), name: "bare asker" })
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const OPTIONS = { timeout: 10_000 }

serveRounds(run)
process.on("disconnect", () => void connection.close())
process.send?.("ready")

function run(round: Round): Promise<number> {
  switch (round.type) {
    case "many":
      return round.bytes === undefined ? many(round, ask) : many(round, askWith(new Uint8Array(round.bytes).fill(1)))
    case "sequence":
      return sequence(round, ask)
    case "frames":
      return frames(round)
    case "tells":
    case "crowd":
      throw new Error(`a round of ${round.type} is of actors`)
  }
}

async function ask(): Promise<number> {
  const { data } = await connection.raw.request(BARE_INCREMENT, encoder.encode(JSON.stringify({ by: 1 })), OPTIONS)
  return JSON.parse(decoder.decode(data)) as number
}

function askWith(bytes: Uint8Array): () => Promise<void> {
  return async () => {
    const { data } = await connection.raw.request(BARE_BYTES, bytes, OPTIONS)
    if (JSON.parse(decoder.decode(data)) !== bytes.length) throw new Error("not all bytes came")
  }
}

/** What the way through the server allows, when nobody does anything with a frame but send it on. */
function frames({ total, width }: Extract<Round, { type: "frames" }>): Promise<number> {
  const { frames: ahead, asks } = framesOf(width)
  const count = Math.ceil(total / asks)
  const bytes = askBytes(asks)
  const start = performance.now()
  return new Promise((resolve, reject) => {
    let sent = 0
    let answered = 0
    const inbox = `bare.answers.${String(process.pid)}`
    const send = (): void => {
      sent++
      connection.raw.publish(BARE_FRAMES, new Uint8Array(bytes), { reply: inbox })
      connection.push()
    }
    const subscription = connection.raw.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null || message.data.length !== answerBytes(bytes)) return reject(new Error("a frame did not come back"))
        if (sent < count) send()
        if (++answered < count) return
        subscription.unsubscribe()
        resolve(((count * asks) / (performance.now() - start)) * 1000)
      },
    })
    while (sent < Math.min(ahead, count)) send()
  })
}
