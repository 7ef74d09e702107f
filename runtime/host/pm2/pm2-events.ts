// Pm2Events — starts and ends of apps, as a pm2 daemon publishes them.
// Owns the connection to the daemon's event socket and the timer of what is half known; exit-joiner decides.
// E1  After `daemon-lost` no other event comes; a new daemon is a new subscription.
// E2  Log lines of apps pass by undecoded.

import { AxonConnection } from "./axon-connection.js"
import { jsonOf, textOf } from "./axon-frame.js"
import { ExitJoiner } from "./exit-joiner.js"
import { isRecord } from "./pm2-rpc.js"
import { parseExitLine, parseNotice, type ExitedEvent, type ProcessEvent } from "./process-event.js"

export type ProcessEventListener = (event: ProcessEvent) => void

export interface SubscribeOptions {
  readonly onEvent: ProcessEventListener
  /** Deadline of the connection, in ms. @default 5000 */
  readonly timeoutMs?: number
  /** How long one source waits for the other, in ms. @default 100 */
  readonly waitMs?: number
}

export class Pm2Events {
  readonly #onEvent: ProcessEventListener
  readonly #joiner: ExitJoiner
  #connection: AxonConnection | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor({ onEvent, waitMs = 100 }: SubscribeOptions) {
    this.#onEvent = onEvent
    this.#joiner = new ExitJoiner({ waitMs })
  }

  /** @throws {Pm2Error} when no daemon publishes there. @throws {TimedOutError} */
  static async subscribe(pubSocket: string, options: SubscribeOptions): Promise<Pm2Events> {
    const events = new Pm2Events(options)
    events.#connection = await AxonConnection.open(pubSocket, options.timeoutMs ?? 5_000, {
      onFrame: (parts) => {
        events.#receive(parts)
      },
      onClose: () => {
        events.#lose()
      },
    })
    return events
  }

  /** Ends the subscription; nothing is told any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#connection?.close()
  }

  #receive([topicPart, packetPart]: Buffer[]): void {
    if (this.#closed) return
    switch (textOf(topicPart)) {
      case "process:event":
        this.#notice(jsonOf(packetPart))
        break
      case "log:PM2":
        this.#line(jsonOf(packetPart))
        break
      default:
    }
  }

  #notice(packet: unknown): void {
    const notice = parseNotice(packet)
    if (notice?.event === "exit") this.#tell(this.#joiner.exit(notice, performance.now()))
    if (notice?.event !== "online") return
    const { name, pmId, uniqueId, labels } = notice
    this.#onEvent({ type: "online", name, pmId, uniqueId, labels })
  }

  #line(packet: unknown): void {
    // An app can publish under any topic, but then its own number stands where the daemon writes PM2.
    if (!isRecord(packet) || !isRecord(packet["process"]) || packet["process"]["pm_id"] !== "PM2") return
    const line = typeof packet["data"] === "string" ? parseExitLine(packet["data"]) : undefined
    if (line !== undefined) this.#tell(this.#joiner.line(line, performance.now()))
  }

  #tell(exits: readonly ExitedEvent[]): void {
    for (const exit of exits) if (!this.#closed) this.#onEvent(exit)
    clearTimeout(this.#timer)
    const next = this.#joiner.nextMs
    if (next === undefined || this.#closed) return
    this.#timer = setTimeout(
      () => {
        this.#tell(this.#joiner.expire(performance.now()))
      },
      Math.max(0, next - performance.now()),
    )
  }

  #lose(): void {
    if (this.#closed) return
    this.#tell(this.#joiner.expire(Infinity))
    this.close()
    this.#onEvent({ type: "daemon-lost" })
  }
}
