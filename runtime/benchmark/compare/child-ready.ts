import type { ChildProcess } from "node:child_process"
import { NotMeasured } from "./carrier.js"

/** Waits for the first message of a forked process. @throws {NotMeasured} when it ends before, as by the Ctrl-C that reaches all of a terminal's processes */
export function childReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      reject(new NotMeasured("the other process ended before it was ready"))
    }
    child.once("exit", ended)
    child.once("error", ended)
    child.once("message", () => {
      child.off("exit", ended)
      child.off("error", ended)
      resolve()
    })
  })
}
