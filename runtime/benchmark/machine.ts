// What was measured on.

import { readFileSync } from "node:fs"
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly governor: string
  /** Runnable tasks, averaged over a minute, when it began: above the number of cores, others take part of the machine. */
  readonly load: number
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    governor: governor(),
    load: loadavg()[0] ?? 0,
  }
}

function governor(): string {
  try {
    return readFileSync("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "utf8").trim()
  } catch {
    return "unknown"
  }
}
