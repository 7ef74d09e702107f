// Runs when a program has died without a word and not come back: ends the process hosts it has left. Told the state directory.

import { Pm2 } from "../host/pm2/pm2-daemon.js"
import { endOrphans } from "../system/orphans.js"

const [, , stateDir] = process.argv
if (stateDir !== undefined) {
  const pm2 = await Pm2.connect({ ifAbsent: "fail" }).catch(() => undefined)
  await endOrphans(stateDir, { pm2 })
  pm2?.disconnect()
}
