// troupe env

import { natsEnv, natsEnvLines } from "../bus/bus-env.js"
import { Client, findBus } from "./client.js"
import type { CliCommand } from "./command.js"

export const command: CliCommand = {
  examples: [
    ['eval "$(troupe env)"', "this shell's NATS clients find the bus and get in"],
    ["troupe env --json | jq -r .NATS_URL", "the address alone, password included"],
  ],
  async run(call) {
    const { address } = await findBus(await call.clientConfig())
    // Variables that lead nowhere would only puzzle later on.
    await (await Client.connect(call)).nats.close()
    if (call.terminal.format === "json") call.terminal.printJson(natsEnv(address))
    else call.terminal.print(natsEnvLines(address).trimEnd())
    return undefined
  },
}
