// Runs before each start of the server under pm2, and prints the path of the program that is then run in its place.

import { codeOf } from "../errors.js"
import { claimBus } from "../system/bus-boot.js"
import { loadOwnConfig } from "../system/node-place.js"

try {
  const config = await loadOwnConfig(process.env)
  process.stdout.write(await claimBus(config, (notice) => process.stderr.write(`${notice}\n`)))
} catch (error) {
  process.stderr.write(`${codeOf(error) ?? "ERR_INTERNAL"}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
