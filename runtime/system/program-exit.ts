// ProgramExit — what becomes of a program's process actors when it ends without shutdown().
// A thread dies with its program; a process would live on, and a busy one could not even notice.
// X1  On a signal that nobody else handles, every system of the program is shut down in order, and then it ends by that signal.
// X2  When nothing is left that keeps the program alive, every system of it is shut down in order (promise P9).
// X3  When the program exits, the process groups it started are told to end: there is no time for more.

import { signalGroup } from "../host/pm2/process-group.js"
import type { Assembly } from "./assembly.js"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const systems = new Set<ProgramExit>()

export class ProgramExit {
  readonly #assembly: Assembly
  readonly shutdown: () => Promise<void>

  constructor(assembly: Assembly, shutdown: () => Promise<void>) {
    this.#assembly = assembly
    this.shutdown = shutdown
    if (systems.size === 0) {
      process.on("exit", onExit)
      process.on("beforeExit", onBeforeExit)
      for (const signal of SIGNALS) process.on(signal, onSignal)
    }
    systems.add(this)
  }

  close(): void {
    if (!systems.delete(this) || systems.size > 0) return
    process.off("exit", onExit)
    process.off("beforeExit", onBeforeExit)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }

  endProcesses(): void {
    for (const { hosted } of this.#assembly.children.values()) {
      if (hosted.placement === "process" && hosted.pid > 1) signalGroup(hosted.pid, "SIGTERM")
    }
  }
}

function onExit(): void {
  for (const system of systems) system.endProcesses()
}

function onBeforeExit(): void {
  void shutDownAll()
}

async function shutDownAll(): Promise<void> {
  await Promise.allSettled([...systems].map((system) => system.shutdown()))
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  void shutDownAll().finally(() => {
    for (const system of systems) system.close()
    process.kill(process.pid, signal)
  })
}
