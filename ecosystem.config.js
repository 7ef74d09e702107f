// What pm2 runs: the bus and the node, as `troupe up` starts them. pm2 loads this file by require(), so it exports `apps` by name.
// Usage: npx pm2 start ecosystem.config.js

import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"

const root = import.meta.dirname
const entry = join(root, "dist/runtime/entry/apps-entry.js")

if (!existsSync(entry)) refuse('troupe is not built yet: run "npm run build" first')

export const apps = load()

function load() {
  // Left over in a shell that an actor started, it would name another start's settings.
  const env = { ...process.env, TROUPE_INTERNAL_PLACE_FILE: undefined }
  try {
    return JSON.parse(
      execFileSync(process.execPath, [entry], { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
    )
  } catch {
    return refuse("the configuration cannot be used, for the reason above")
  }
}

/** pm2 would print a stack and go on asking whether the file is well formed. */
function refuse(why) {
  console.error(`ecosystem.config.js: ${why}`)
  process.exit(1)
}
