// troupe down

import { resolve } from "node:path"
import { DEFAULTS } from "../../config/defaults.js"
import { BadConfigError } from "../errors.js"
import type { Call } from "./call.js"
import type { ClientConfig } from "./client-config.js"
import type { CliCommand } from "./command.js"
import { EXIT } from "./exit-code.js"
import { tearDown, type TornDown } from "./teardown.js"
import { oneLine, type Colors } from "./terminal.js"
import { waitingFor } from "./waiting.js"

export const command: CliCommand = {
  examples: [
    ["troupe down", "let the actors finish, then end the node, the bus and the pm2 daemon that was started for them"],
    ["troupe down --json", "the same, and as JSON what was ended"],
  ],
  async run(call) {
    const { stateDir, shutdown } = await endingConfig(call)
    const torn = await waitingFor(call.terminal, "stopping", tearDown({ stateDir, shutdown, env: call.env }))
    call.terminal.show({ type: torn.ended.length === 0 ? "none" : "stopped", ...torn }, (_, colors) => renderDown(torn, colors))
    return torn.left.length === 0 ? undefined : EXIT.failed
  },
}

/** What runs must be possible to end when the configuration has been broken since. */
async function endingConfig(call: Call): Promise<Pick<ClientConfig, "stateDir" | "shutdown">> {
  try {
    return await call.clientConfig()
  } catch (error) {
    if (!(error instanceof BadConfigError)) throw error
    call.terminal.complain(oneLine(`the configuration cannot be used, so the defaults hold: ${error.message}`))
    const stateDir = call.env["TROUPE_STATE_DIR"] ?? ""
    return { stateDir: resolve(call.projectDir, stateDir === "" ? DEFAULTS.stateDir : stateDir), shutdown: DEFAULTS.shutdown }
  }
}

function renderDown({ ended, daemons, left, spared }: TornDown, colors: Colors): string {
  const lines = ended.map(({ what, pid }) => `${colors.bold(what)} ended ${colors.dim(`(pid ${String(pid)})`)}`)
  lines.push(...daemons.map((home) => `pm2 daemon ended ${colors.dim(`(${home})`)}`))
  lines.push(...spared.map((what) => `left alone: ${what}`))
  lines.push(...left.map((what) => colors.red(`still there: ${what}`)))
  return lines.length === 0 ? "nothing runs" : lines.join("\n")
}
