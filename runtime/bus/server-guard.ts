// The guard ends a server whose program died without a word: it holds one end of a pipe that the program holds the other
// end of, and the operating system closes that when the program is gone, however it went.

import { spawn, type ChildProcess } from "node:child_process"

// SIGTERM, three seconds of grace (longer where sleep knows whole seconds only), SIGKILL. A shell costs under 1 MB, a second Node.js would cost 40.
const SCRIPT = [
  "read -r _",
  'kill -TERM "$1" 2>/dev/null || exit 0',
  "for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do",
  "  sleep 0.1 2>/dev/null || sleep 1",
  '  kill -0 "$1" 2>/dev/null || exit 0',
  "done",
  'kill -KILL "$1" 2>/dev/null',
].join("\n")

/**
 * Starts a guard over a process, or nothing where there is no POSIX shell: there the next start on the same state directory
 * takes over the server that was left.
 */
export function guardServer(pid: number): { dismiss: () => void } {
  if (process.platform === "win32") return { dismiss: () => undefined }
  // In a session of its own, so that Ctrl-C reaches the program alone, which then ends the server in its own time.
  const guard: ChildProcess = spawn("/bin/sh", ["-c", SCRIPT, "troupe-bus-guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  })
  guard.on("error", () => undefined)
  guard.stdin?.on("error", () => undefined)
  guard.unref()
  ;(guard.stdin as unknown as { unref?: () => void } | null)?.unref?.()
  return { dismiss: () => guard.kill("SIGKILL") }
}
