// LeftBehind — what programs of a state directory have left that died hard: process hosts, pm2 daemons in which nothing else runs, logs,
// shared memory.
// Owns nothing; it is found out afresh each time. What a living program may still need is not left behind.

import { isLeft } from "../host/pm2/daemon-mark.js"
import { findOwnDaemon } from "../host/pm2/launch-daemon.js"
import { forgetHome, notedHomes } from "../host/pm2/noted-homes.js"
import { Pm2 } from "../host/pm2/pm2-daemon.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import { sweepLogs } from "../host/process-logs.js"
import { sweepMachineMemory } from "../parallel/mapped-memory/machine-memory.js"
import { endOrphans, findOrphans } from "./orphans.js"

/** Something that was left, in words: `actor salt (pid 4711)`. */
export type LeftBehind = string

/** What there is of it; changes nothing. */
export async function findLeftBehind(stateDir: string, env: NodeJS.ProcessEnv): Promise<LeftBehind[]> {
  const found = new Set((await findOrphans({ stateDir, listed: [] })).map(describeOrphan))
  await eachLeftDaemon(stateDir, env, async (pm2) => {
    const listed = await pm2.list()
    const orphans = await findOrphans({ stateDir, listed })
    for (const orphan of orphans) found.add(describeOrphan(orphan))
    if (listed.every(({ pmId }) => orphans.some(({ pmIds }) => pmIds.includes(pmId))))
      found.add(`the pm2 daemon of ${pm2.paths.home} (pid ${String(pm2.daemonPid())})`)
  })
  return [...found]
}

/** Ends it. A daemon that cannot be asked is left for `troupe down`. */
export async function endLeftBehind(stateDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  await sweepLogs(stateDir)
  await sweepMachineMemory(stateDir)
  await eachLeftDaemon(stateDir, env, async (pm2) => {
    await endOrphans(stateDir, { pm2 })
    if ((await pm2.endIfOurs()) === "ended") await forgetHome(stateDir, pm2.paths.home)
  })
}

async function eachLeftDaemon(stateDir: string, env: NodeJS.ProcessEnv, act: (pm2: Pm2) => Promise<void>): Promise<void> {
  for (const home of await notedHomes(stateDir)) {
    const own = findOwnDaemon(pm2Paths(env, home))
    if (own === undefined || !isLeft(own)) continue
    const pm2 = await Pm2.connect({ home, env, ifAbsent: "fail" }).catch(() => undefined)
    if (pm2 === undefined) continue
    try {
      await act(pm2)
    } finally {
      pm2.disconnect()
    }
  }
}

function describeOrphan({ name, pids }: { name: string; pids: readonly number[] }): string {
  return pids.length === 0 ? `what is known of actor ${name}` : `actor ${name} (pid ${pids.join(", ")})`
}
