// Prints the apps of ecosystem.config.js as JSON: pm2 loads that file without waiting, and a configuration takes a while.

import { codeOf } from "../errors.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import { ecosystemApp } from "../host/pm2/resident-app.js"
import { loadOwnConfig } from "../system/node-place.js"
import { residentsOf } from "../system/residents.js"

try {
  const { env } = process
  const config = await loadOwnConfig(env)
  const around = { projectDir: process.cwd(), pm2Home: pm2Paths(env).home, env: {}, parentEnv: env }
  const { bus, node } = residentsOf(config, around)
  process.stdout.write(JSON.stringify([...(bus === undefined ? [] : [bus]), node].map(ecosystemApp)))
} catch (error) {
  process.stderr.write(`${codeOf(error) ?? "ERR_INTERNAL"}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
