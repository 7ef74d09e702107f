// Whether a program may be given a file system of its own to fill, or to spoil: not every machine lets a user do that.

import { execFileSync } from "node:child_process"

/** Whether `unshare -rm` and then `mount` are allowed. */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}
