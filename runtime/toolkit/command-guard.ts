// CommandGuard — ends the commands of a thread or process that is ended itself before it could.
// A thread that is terminated runs nothing more, and what it had started would go on. The guard is one shell for each thread or process
// that has commands. It reads from a pipe what they are, which the operating system closes when that thread or process is gone, however it went.
// G1  Each entry is the number of a process group, 0 when its first program has ended, and the command's mark. What has left the group is
//     known by the mark, which programs inherit with their environment.

import { type ChildProcess, spawn } from "node:child_process"

/** The variable by which all that a command starts is known. */
export const COMMAND_MARK = "TROUPE_INTERNAL_COMMAND"

// SIGTERM, a second of grace, SIGKILL.
const SCRIPT = `
all=" "
for one in "$@"; do all="$all$one "; done
while read -r what one; do
  case $what in
    +) all="$all$one " ;;
    -) case $all in *" $one "*) all="\${all%% $one *} \${all#* $one }" ;; esac ;;
  esac
done
marks=
for one in $all; do marks="$marks -e ${COMMAND_MARK}=\${one#*:}"; done
[ -n "$marks" ] || exit 0
each() {
  left=
  for one in $all; do
    [ "\${one%%:*}" = 0 ] || { kill "-$1" "-\${one%%:*}" && left=yes; }
  done
  for file in $(grep -lszxF $marks /proc/[0-9]*/environ); do
    file=\${file#/proc/}
    kill "-$1" "\${file%/environ}" && left=yes
  done
} 2>/dev/null
each TERM
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$left" ] || exit 0
  sleep 0.1 2>/dev/null || sleep 1
  each 0
done
for _ in 1 2 3; do
  [ -n "$left" ] || exit 0
  each KILL
done
`

/** It stays for so long when there is nothing to guard: the next command may follow at once. */
const LINGER_MS = 1000

const entries = new Set<string>()
let guard: ChildProcess | undefined
let lingering: NodeJS.Timeout | undefined

/** What a command tells of itself. */
export interface Guarded {
  /** Its first program has ended: others of it may go on, and its number may be another's. */
  leaderEnded(): void
  /** It has ended. */
  ended(): void
}

/** Has a command ended with this thread or process. Its first program leads a group, and all of it has the mark. */
export function guardCommand(pid: number, mark: string): Guarded {
  if (process.platform === "win32") return { leaderEnded: () => undefined, ended: () => undefined }
  const [whole, rest] = [`${String(pid)}:${mark}`, `0:${mark}`]
  add(whole)
  return {
    leaderEnded() {
      if (!entries.has(whole)) return
      add(rest)
      remove(whole)
    },
    ended() {
      remove(whole)
      remove(rest)
    },
  }
}

function add(entry: string): void {
  clearTimeout(lingering)
  entries.add(entry)
  if (guard === undefined) guard = start()
  else guard.stdin?.write(`+ ${entry}\n`)
}

function remove(entry: string): void {
  if (!entries.delete(entry)) return
  guard?.stdin?.write(`- ${entry}\n`)
  if (entries.size > 0) return
  lingering = setTimeout(() => {
    guard?.stdin?.end()
    guard = undefined
  }, LINGER_MS)
  lingering.unref()
}

function start(): ChildProcess {
  // In a session of its own, so that Ctrl-C reaches the program alone.
  // What it guards it is started with: whoever starts it may be killed before a first line is written.
  const started = spawn("/bin/sh", ["-c", SCRIPT, "troupe-command-guard", ...entries], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  })
  const forget = (): void => {
    if (guard === started) guard = undefined
  }
  started.on("error", forget)
  started.on("exit", (_, signal) => {
    const wasGuard = guard === started
    forget()
    // Somebody has killed it.
    if (wasGuard && signal !== null && entries.size > 0) guard = start()
  })
  started.stdin.on("error", () => undefined)
  started.unref()
  ;(started.stdin as unknown as { unref?: () => void }).unref?.()
  return started
}
