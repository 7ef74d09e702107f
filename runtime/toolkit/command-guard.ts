// CommandGuard — ends the commands of a thread or process that is ended itself before it could.
// A thread that is terminated runs nothing more, and what it had started would go on. The guard is one shell for each thread or process
// that has commands. It reads their pids from a pipe, which the operating system closes when that thread or process is gone, however it went.

import { type ChildProcess, spawn } from "node:child_process"

// Group by group: SIGTERM, a second of grace, SIGKILL.
const SCRIPT = `
pids=" "
while read -r what pid; do
  case $what in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -TERM "-$pid" 2>/dev/null && left=yes; done
[ -n "$left" ] || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.1 2>/dev/null || sleep 1
  left=
  for pid in $pids; do kill -0 "-$pid" 2>/dev/null && left=yes; done
  [ -n "$left" ] || exit 0
done
for pid in $pids; do kill -KILL "-$pid" 2>/dev/null; done
`

/** It stays for so long when there is nothing to guard: the next command may follow at once. */
const LINGER_MS = 1000

const groups = new Set<number>()
let guard: ChildProcess | undefined
let lingering: NodeJS.Timeout | undefined

/** Has a process group ended with this thread or process. Returns a function that takes it back, when the group has ended. */
export function guardGroup(pid: number): () => void {
  if (process.platform === "win32") return () => undefined
  clearTimeout(lingering)
  groups.add(pid)
  if (guard === undefined) guard = start()
  else guard.stdin?.write(`+ ${String(pid)}\n`)
  return () => {
    if (!groups.delete(pid)) return
    guard?.stdin?.write(`- ${String(pid)}\n`)
    if (groups.size > 0) return
    lingering = setTimeout(() => {
      guard?.stdin?.end()
      guard = undefined
    }, LINGER_MS)
    lingering.unref()
  }
}

function start(): ChildProcess {
  // In a session of its own, so that Ctrl-C reaches the program alone.
  const started = spawn("/bin/sh", ["-c", SCRIPT, "troupe-command-guard"], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  })
  const forget = (): void => {
    if (guard === started) guard = undefined
  }
  started.on("error", forget)
  started.on("exit", forget)
  started.stdin.on("error", () => undefined)
  for (const pid of groups) started.stdin.write(`+ ${String(pid)}\n`)
  started.unref()
  ;(started.stdin as unknown as { unref?: () => void }).unref?.()
  return started
}
