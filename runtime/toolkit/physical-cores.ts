// How many cores this program may use: a second hardware thread of a core adds little to what computes.

import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"

/** Physical cores, as far as the program may use them; where nobody says, hardware threads. At least 1. */
export function physicalCores(): number {
  const available = availableParallelism()
  const physical = coresIn(cpuInfo())
  return Math.max(1, physical === 0 ? available : Math.min(physical, available))
}

/** Pure: how many different cores /proc/cpuinfo tells of; 0 when it tells of none. */
export function coresIn(text: string): number {
  const cores = new Set<string>()
  let socket = "0"
  for (const line of text.split("\n")) {
    const [key = "", value = ""] = line.split(":").map((part) => part.trim())
    if (key === "physical id") socket = value
    if (key === "core id") cores.add(`${socket}/${value}`)
  }
  return cores.size
}

function cpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "latin1")
  } catch {
    return ""
  }
}
