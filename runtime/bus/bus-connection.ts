// BusConnection — one connection to a NATS server, made again for ever when it breaks.
// Owns its status and how it ends. Subjects, batches and what is said over it belong to transport/.
// K1  After the first "connected" it never ends by itself: it is "reconnecting" until it is back, or closed by us.
// K2  "closed" is the last status, is told once, and every listener is let go of then.
// K3  drain() and close() settle within their time, also when the server is gone.
//
// What nats.js 2.29 does that one must know to use `raw`:
// - A subscription callback that throws ends the reader for good; the connection looks alive until pings go unanswered.
//   Callbacks must not throw.
// - What is published while disconnected is dropped at the next attempt to dial, except for what is published during the
//   attempt that succeeds. Subscriptions are made again; an automatic unsubscribe after n messages is not.
// - publish() never waits. Bytes pile up first in its own buffer, then in the socket's: `pendingBytes` is their sum.
// - publish() keeps a reference to the payload until the end of the current turn, and while disconnected for longer:
//   do not write into a payload again after it was published.
// - drain() resolves, and leaves the connection open, when the server goes away meanwhile.
// - flush() during an outage rejects at the next attempt to dial.

import type { NatsConnection } from "nats"
import { BusRefusedError, BusUnreachableError } from "../errors.js"

/** What becomes of a connection. */
export type BusStatus =
  | { readonly type: "connected"; readonly serverVersion: string }
  | { readonly type: "disconnected" }
  | { readonly type: "reconnecting"; readonly attempt: number }
  /** The server is there and does not let us in any more; it is tried again all the same. */
  | { readonly type: "refused"; readonly error: BusRefusedError }
  /** The server complained: a permission, a subject, a slow consumer. */
  | { readonly type: "complained"; readonly complaint: string }
  | { readonly type: "closed"; readonly error?: Error }

export type BusStatusListener = (status: BusStatus) => void

/** A connection to the bus. */
export interface BusConnection {
  /** Without credentials. */
  readonly url: string
  /** The latest status. */
  readonly status: BusStatus
  readonly isConnected: boolean
  /** The largest message the server takes, in bytes. */
  readonly maxPayload: number
  /** As in `2.14.0`. */
  readonly serverVersion: string
  readonly serverName: string
  /** Bytes published and not yet handed to the operating system. It grows without bound when nobody looks at it. */
  readonly pendingBytes: number
  /** Hands what was published to the operating system now, not at the end of the turn: the other side can begin with it. */
  push(): void
  /** For how long the bus has been out of reach, in milliseconds; 0 while connected. */
  readonly outageMs: number
  /** For runtime/bus and runtime/transport/nats-* only. */
  readonly raw: NatsConnection
  /** Tells of every change from now on. @returns a function that ends it */
  onStatus(listener: BusStatusListener): () => void
  /**
   * Settles when the server has taken everything published before.
   * @param timeoutMs default 5000
   * @throws {BusUnreachableError} when it has not in time, or the connection broke meanwhile
   */
  flush(timeoutMs?: number): Promise<void>
  /**
   * Handles what has arrived, hands over what was published, and closes.
   * @param timeoutMs default 5000; it is closed then in any case
   * @returns whether everything went out
   */
  drain(timeoutMs?: number): Promise<"drained" | "cut-off">
  /** Closes at once; what is still pending is lost. */
  close(): Promise<void>
  /** Does not keep the program alive any more, except while it is being made again. */
  unref(): void
}

const REFUSALS = new Set([
  "AUTHORIZATION_VIOLATION",
  "AUTHENTICATION_EXPIRED",
  "AUTHENTICATION_TIMEOUT",
  "ACCOUNT_EXPIRED",
  "BAD_AUTHENTICATION",
  "BAD_CREDS",
])

/** Whether a nats.js error code says that the credentials are the trouble. */
export function isRefusal(code: string | undefined): boolean {
  return code !== undefined && REFUSALS.has(code)
}

// The parts of nats.js in which published bytes wait. Not in its types; a test watches over them.
interface Innards {
  readonly protocol?: {
    readonly outbound?: { size?: () => number }
    readonly flushPending?: () => void
    readonly transport?: { readonly socket?: { readonly writableLength?: number; readonly unref?: () => void } }
    readonly heartbeats?: { readonly timer?: NodeJS.Timeout }
  }
}

/** Since when the bus has been out of reach; shared with the delay before the next attempt. */
export interface Outage {
  since: number | undefined
}

export class NatsBusConnection implements BusConnection {
  readonly url: string
  readonly raw: NatsConnection
  readonly #outage: Outage
  readonly #listeners = new Set<BusStatusListener>()
  #status: BusStatus
  #serverVersion: string
  #serverName: string
  #maxPayload: number
  #attempts = 0
  #unref = false
  #draining: Promise<"drained" | "cut-off"> | undefined

  constructor(url: string, raw: NatsConnection, outage: Outage) {
    this.url = url
    this.raw = raw
    this.#outage = outage
    this.#serverVersion = raw.info?.version ?? ""
    this.#serverName = raw.info?.server_name ?? ""
    this.#maxPayload = raw.info?.max_payload ?? 0
    this.#status = { type: "connected", serverVersion: this.#serverVersion }
    void this.#followStatus()
    void raw.closed().then((error) => {
      this.#advance(error instanceof Error ? { type: "closed", error } : { type: "closed" })
      this.#listeners.clear()
    })
  }

  get status(): BusStatus {
    return this.#status
  }

  get isConnected(): boolean {
    return this.#outage.since === undefined && this.#status.type !== "closed"
  }

  get maxPayload(): number {
    return this.#maxPayload
  }

  get serverVersion(): string {
    return this.#serverVersion
  }

  get serverName(): string {
    return this.#serverName
  }

  get pendingBytes(): number {
    const { protocol } = this.raw as unknown as Innards
    return (protocol?.outbound?.size?.() ?? 0) + (protocol?.transport?.socket?.writableLength ?? 0)
  }

  push(): void {
    const { protocol } = this.raw as unknown as Innards
    protocol?.flushPending?.()
  }

  get outageMs(): number {
    return this.#outage.since === undefined ? 0 : performance.now() - this.#outage.since
  }

  onStatus(listener: BusStatusListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async flush(timeoutMs = 5000): Promise<void> {
    try {
      if ((await within(this.raw.flush(), timeoutMs)) === "done") return
    } catch (cause) {
      throw new BusUnreachableError(this.url, cause)
    }
    throw new BusUnreachableError(this.url, new Error(`it did not take what was published within ${String(timeoutMs)} ms`))
  }

  async drain(timeoutMs = 5000): Promise<"drained" | "cut-off"> {
    if (this.raw.isClosed()) return "cut-off"
    this.#draining ??= this.#drain(timeoutMs)
    return this.#draining
  }

  async close(): Promise<void> {
    await this.raw.close()
    await this.raw.closed()
  }

  unref(): void {
    this.#unref = true
    this.#letGo()
  }

  /** The socket and the timer of the next ping; there is a new one of the first after each outage, of the second after each ping. */
  #letGo(): void {
    if (!this.#unref) return
    const { protocol } = this.raw as unknown as Innards
    protocol?.transport?.socket?.unref?.()
    protocol?.heartbeats?.timer?.unref()
  }

  async #drain(timeoutMs: number): Promise<"drained" | "cut-off"> {
    // While disconnected nothing can go out, and nats.js would wait for it until the server is back.
    if (this.isConnected) await within(this.raw.drain(), timeoutMs).catch(() => "late" as const)
    if (this.raw.isClosed()) return "drained"
    await this.close()
    return "cut-off"
  }

  async #followStatus(): Promise<void> {
    for await (const { type, data } of this.raw.status()) {
      switch (type as string) {
        case "disconnect":
          this.#outage.since ??= performance.now()
          this.#attempts = 0
          this.#advance({ type: "disconnected" })
          break
        case "reconnecting":
          this.#attempts += 1
          this.#advance({ type: "reconnecting", attempt: this.#attempts })
          break
        case "reconnect":
          this.#outage.since = undefined
          this.#letGo()
          this.#serverVersion = this.raw.info?.version ?? this.#serverVersion
          this.#serverName = this.raw.info?.server_name ?? this.#serverName
          this.#maxPayload = this.raw.info?.max_payload ?? this.#maxPayload
          this.#advance({ type: "connected", serverVersion: this.#serverVersion })
          break
        case "pingTimer":
          this.#letGo()
          break
        case "error": {
          const code = typeof data === "string" ? data : "unknown"
          if (isRefusal(code)) this.#advance({ type: "refused", error: new BusRefusedError(this.url, new Error(code)) })
          else this.#tell({ type: "complained", complaint: code })
          break
        }
        default:
          break
      }
    }
  }

  #advance(status: BusStatus): void {
    if (this.#status.type === "closed") return
    this.#status = status
    this.#tell(status)
  }

  #tell(status: BusStatus): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(status)
      } catch (error) {
        // A listener's bug must not stop the others, nor be swallowed.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

async function within(work: Promise<void>, timeoutMs: number): Promise<"done" | "late"> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => {
      resolve("late")
    }, timeoutMs)
  })
  try {
    return await Promise.race([work.then(() => "done" as const), late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
