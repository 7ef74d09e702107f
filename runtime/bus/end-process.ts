// Ending a process and making sure that it is gone.

import { setTimeout as delay } from "node:timers/promises"
import { BusFailedError, codeOf } from "../errors.js"
import { isAlive } from "./is-alive.js"

/** Which signal ended it, if any was needed, and how long that took. */
export interface Ended {
  readonly by: "SIGTERM" | "SIGKILL" | "already-gone"
  readonly tookMs: number
}

/**
 * SIGTERM, then SIGKILL after `graceMs`, then waits until the process is verified to be gone.
 * @throws {BusFailedError} when it outlives even that by five seconds, or is not ours to end.
 */
export async function endProcess(pid: number, graceMs = 5000): Promise<Ended> {
  const began = performance.now()
  const took = (): number => Math.round(performance.now() - began)
  if (!signal(pid, "SIGTERM")) return { by: "already-gone", tookMs: took() }
  if (await goneWithin(pid, graceMs)) return { by: "SIGTERM", tookMs: took() }
  signal(pid, "SIGKILL")
  if (await goneWithin(pid, 5000)) return { by: "SIGKILL", tookMs: took() }
  throw new BusFailedError(`process ${String(pid)} is still there ${String(took())} ms after SIGTERM and SIGKILL`)
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false
    throw new BusFailedError(`process ${String(pid)} cannot be ended (${codeOf(error) ?? "unknown error"})`, error)
  }
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false
    await delay(5)
  }
  return true
}
