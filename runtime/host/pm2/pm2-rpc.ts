// Pm2Rpc — calls to a pm2 daemon, each with its deadline.
// Owns the calls in flight on one connection; launching a daemon and connecting anew belong to pm2-daemon.
// R1  Every call settles: with its answer, at its deadline, or when the connection closes.

import { Pm2Error, TimedOutError } from "../../errors.js"
import { AxonConnection } from "./axon-connection.js"
import { jsonOf, jsonPart, textOf, textPart } from "./axon-frame.js"

/** What a daemon may be asked to do: the part of its methods that we use. */
export type Pm2Method =
  "ping" | "getVersion" | "prepare" | "getMonitorData" | "stopProcessId" | "deleteProcessId" | "notifyKillPM2" | "killMe"

interface Call {
  readonly method: Pm2Method
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export class Pm2Rpc {
  readonly #calls = new Map<string, Call>()
  #connection: AxonConnection | undefined
  #count = 0

  /** @throws {Pm2Error} when no daemon listens there. @throws {TimedOutError} when it does not accept in time. */
  static async connect(socketPath: string, timeoutMs: number): Promise<Pm2Rpc> {
    const rpc = new Pm2Rpc()
    rpc.#connection = await AxonConnection.open(socketPath, timeoutMs, {
      onFrame: (parts) => {
        rpc.#settle(parts)
      },
      onClose: (cause) => {
        rpc.#lose(cause)
      },
    })
    return rpc
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen ?? false
  }

  /**
   * Asks the daemon and waits for its answer.
   * @throws {Pm2Error} when it refuses, or dies meanwhile. @throws {TimedOutError} at the deadline.
   */
  call(method: Pm2Method, argument: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const connection = this.#connection
      if (connection === undefined || !connection.isOpen) {
        reject(new Pm2Error(`${method}: the daemon is gone`))
        return
      }
      const id = `${String(process.pid)}:${String(this.#count++)}`
      const timer = setTimeout(() => {
        this.#calls.delete(id)
        reject(new TimedOutError(`pm2 ${method}`, timeoutMs))
      }, timeoutMs)
      this.#calls.set(id, { method, resolve, reject, timer })
      connection.send([jsonPart({ type: "call", method, args: [argument] }), textPart(id)])
    })
  }

  close(): void {
    this.#connection?.close()
  }

  #settle(parts: Buffer[]): void {
    const id = textOf(parts.at(-1))
    const call = id === undefined ? undefined : this.#calls.get(id)
    if (id === undefined || call === undefined) return
    this.#calls.delete(id)
    clearTimeout(call.timer)
    const answer = jsonOf(parts[0])
    if (!isRecord(answer)) call.reject(new Pm2Error(`${call.method}: malformed answer`))
    else if ("error" in answer) call.reject(new Pm2Error(`${call.method}: ${refusal(answer["error"])}`))
    else call.resolve(Array.isArray(answer["args"]) ? answer["args"][0] : undefined)
  }

  #lose(cause: Error | undefined): void {
    for (const call of this.#calls.values()) {
      clearTimeout(call.timer)
      call.reject(new Pm2Error(`${call.method}: the daemon went away; whether it was done is unknown`, cause))
    }
    this.#calls.clear()
  }
}

/** Whether a value from outside is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

// pm2 answers with a text, or with an object like { type: "timeout", msg: "timeout" }.
function refusal(error: unknown): string {
  return typeof error === "string" ? error : JSON.stringify(error)
}
