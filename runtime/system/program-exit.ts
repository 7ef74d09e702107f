// ProgramExit — what becomes of a program's process actors when it ends without shutdown().
// A thread dies with its program; a process would live on, and a busy one could not even notice.
// X1  On a signal that nobody else handles, the program is shut down in order, and then ends by that signal.
// X2  When the program exits, the process groups it started are told to end: there is no time for more.

import { signalGroup } from "../host/pm2/process-group.js"
import type { Assembly } from "./assembly.js"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

export class ProgramExit {
  readonly #assembly: Assembly
  readonly #shutdown: () => Promise<void>
  readonly #onExit = (): void => this.#endProcesses()
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return
    void this.#shutdown().finally(() => {
      this.close()
      process.kill(process.pid, signal)
    })
  }

  constructor(assembly: Assembly, shutdown: () => Promise<void>) {
    this.#assembly = assembly
    this.#shutdown = shutdown
    process.on("exit", this.#onExit)
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
  }

  close(): void {
    process.off("exit", this.#onExit)
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }

  #endProcesses(): void {
    for (const { hosted } of this.#assembly.children.values()) {
      if (hosted.placement === "process" && hosted.pid > 1) signalGroup(hosted.pid, "SIGTERM")
    }
  }
}
