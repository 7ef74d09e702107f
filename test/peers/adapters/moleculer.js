// moleculer: services over NATS, with the fastest of its serialisers.

import { createRequire } from "node:module"
import { counterProcess } from "../counter-process.js"

const brokerOf = (nodeID, { servers, user, pass }) => {
  const { ServiceBroker } = createRequire(import.meta.url)("moleculer")
  const transporter = { type: "NATS", options: { servers: [servers].flat(), user, pass } }
  return new ServiceBroker({ nodeID, logger: false, transporter, serializer: "Notepack" })
}

export async function start({ bus }) {
  const counter = await counterProcess("moleculer", { bus })
  const broker = brokerOf("asker", bus)
  await broker.start()
  await broker.waitForServices("counter", 20_000)
  return {
    ask: (message) => broker.call("counter.increment", message, { timeout: 30_000 }),
    async stop() {
      await broker.stop()
      await counter.stop()
    },
  }
}

export async function serve({ bus }) {
  const broker = brokerOf("counter", bus)
  let count = 0
  broker.createService({ name: "counter", actions: { increment: ({ params: { by } }) => (count += by) } })
  await broker.start()
}
