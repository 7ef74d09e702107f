// troupe env

import { natsEnv, natsEnvLines } from "../bus/bus-env.js"
import { busStateOf } from "../bus/bus-state.js"
import { Client, findBus, ownBusUnreachable } from "./client.js"
import type { CliCommand } from "./command.js"

/** Asks our own server by a bare handshake: loading all of a NATS client takes longer than all else here. */
async function mustRun(stateDir: string): Promise<void> {
  const known = await busStateOf(stateDir)
  if (known.type === "stale") throw ownBusUnreachable(known.state.url, new Error(known.why))
}

export const command: CliCommand = {
  examples: [
    ['eval "$(troupe env)"', "this shell's NATS clients find the bus and get in"],
    ["troupe env --json | jq -r .NATS_URL", "the address alone, password included"],
  ],
  async run(call) {
    const config = await call.clientConfig()
    const { address } = await findBus(config)
    // Variables that lead nowhere would only puzzle later on.
    if (config.bus.url === undefined) await mustRun(config.stateDir)
    else await (await Client.connect(call)).nats.close()
    if (call.terminal.format === "json") call.terminal.printJson(natsEnv(address))
    else call.terminal.print(natsEnvLines(address).trimEnd())
    return undefined
  },
}
