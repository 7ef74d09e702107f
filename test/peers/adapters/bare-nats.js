// The nats package alone: a request to a subscriber in another process, in JSON for plain messages and raw bytes beside it.

import { connect, StringCodec } from "nats"
import { counterProcess } from "../counter-process.js"

const text = StringCodec()

export async function start({ bus }) {
  const responder = await counterProcess("bare-nats", { bus })
  const connection = await connect({ ...bus, reconnect: false })
  return {
    async ask({ by, data }) {
      const head = text.encode(JSON.stringify({ by }).padEnd(16))
      const { data: answer } = await connection.request("peer.increment", Buffer.concat([head, data]), { timeout: 30_000 })
      return JSON.parse(text.decode(answer))
    },
    async stop() {
      await connection.close()
      await responder.stop()
    },
  }
}

export async function serve({ bus }) {
  const connection = await connect({ ...bus, reconnect: false })
  let count = 0
  connection.subscribe("peer.increment", {
    callback: (_, message) => {
      const { by } = JSON.parse(text.decode(message.data.subarray(0, 16)))
      message.respond(text.encode(JSON.stringify((count += by))))
    },
  })
  await connection.flush()
}
