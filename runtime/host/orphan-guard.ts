// OrphanGuard — ends the process hosts of a program that died without a word and that cannot see to their own end.
// A host whose event loop is free notices that its owner is gone and stops in order (system/owner-watch); one in `for(;;);` cannot.
// The guard is a shell that reads from a pipe whose other end the program holds: the operating system closes that when the program
// is gone, however it went. Until then it sleeps in the kernel. Then it waits as long as an owner may take to come back, and has the
// orphans ended that are left by then.

import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Inherited } from "./child-host-data.js"

const ENTRY = fileURLToPath(new URL("../entry/orphans-entry.js", import.meta.url))
/** What a host takes to notice that its owner is gone: 20 s, looking every 2 s. */
const NOTICE_MS = 22_000
/** What it gets to stop in order then, at most. */
const LONGEST_STOP_MS = 60 * 60 * 1000

// It leaves as soon as no host file is left: then all was ended in order, or by someone else.
const SCRIPT = `
read -r _
dir=$1 seconds=$2
shift 2
while [ "$seconds" -gt 0 ]; do
  sleep 1
  seconds=$((seconds - 1)) left=
  for file in "$dir"/*.json; do [ -e "$file" ] && left=yes; done
  [ -n "$left" ] || exit 0
done
exec "$@"
`

type Guarded = Pick<Inherited, "stateDir" | "pm2Home"> & { readonly budgets: Pick<Inherited["budgets"], "stopMs"> }

export interface OrphanGuard {
  /** All was ended in order: there is nothing to guard any more. */
  dismiss(): void
}

/** Starts a guard over the process hosts of a state directory, or nothing where there is no POSIX shell. */
export function guardOrphans(of: Guarded, noticeMs = NOTICE_MS): OrphanGuard {
  if (process.platform === "win32") return { dismiss: () => undefined }
  const { stateDir, pm2Home, budgets } = of
  const graceS = Math.ceil((noticeMs + Math.min(budgets.stopMs, LONGEST_STOP_MS)) / 1000)
  const command = [process.execPath, ENTRY, stateDir]
  const args = ["-c", SCRIPT, "troupe-orphan-guard", join(stateDir, "hosts"), String(graceS), ...command]
  // In a session of its own, so that what ends the program's process group does not end its guard.
  const guard: ChildProcess = spawn("/bin/sh", args, {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
    env: environment(pm2Home),
  })
  guard.on("error", () => undefined)
  guard.stdin?.on("error", () => undefined)
  guard.unref()
  ;(guard.stdin as unknown as { unref?: () => void } | null)?.unref?.()
  return { dismiss: () => guard.kill("SIGKILL") }
}

/** With the marks of whoever started it, so that whoever ends everything of theirs finds it too. */
function environment(pm2Home: string): NodeJS.ProcessEnv {
  const marks = Object.entries(process.env).filter(([name]) => name.startsWith("TROUPE_INTERNAL_"))
  const { PATH, HOME } = process.env
  return { ...Object.fromEntries(marks), PATH, HOME, PM2_HOME: pm2Home }
}
