// Whether a process is still there.

import { readFileSync } from "node:fs"
import { codeOf } from "../errors.js"

/**
 * Whether a process with this pid runs, whoever's it is.
 * One that ended and that its parent has not asked after (a zombie) does not run; in a container without an init process
 * such a one stays for ever.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
  return process.platform !== "linux" || !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    // The program's name stands in parentheses and may hold any character, so the state is looked for after the last one.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8")
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2))
  } catch (error) {
    return codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH"
  }
}
