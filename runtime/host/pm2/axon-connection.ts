// AxonConnection — one connection to a socket of the pm2 daemon.
// Owns the socket. What frames mean belongs to pm2-rpc and pm2-events; pm2's own client is not used, because it reconnects for
// ever, forgets the calls in flight, and keeps the event loop alive after it was closed.
// X1  The socket never keeps the event loop alive; whoever waits for something holds a timer of its own.
// X2  onClose is called exactly once, whoever closed.

import { createConnection, type Socket } from "node:net"
import { Pm2Error, TimedOutError } from "../../errors.js"
import { encodeFrame, FrameReader } from "./axon-frame.js"

export interface AxonListeners {
  readonly onFrame: (parts: Buffer[]) => void
  readonly onClose: (cause: Error | undefined) => void
}

export class AxonConnection {
  readonly #socket: Socket
  readonly #reader = new FrameReader()

  private constructor(socket: Socket, { onFrame, onClose }: AxonListeners) {
    this.#socket = socket
    let cause: Error | undefined
    socket.on("error", (error) => (cause = error))
    socket.on("close", () => {
      onClose(cause)
    })
    socket.on("data", (chunk) => {
      try {
        for (const frame of this.#reader.push(chunk)) onFrame(frame)
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Pm2Error("malformed frame", error))
      }
    })
    socket.unref()
  }

  /**
   * Connects, or says why not: the cause's code is ENOENT or ECONNREFUSED when no daemon listens.
   * @throws {Pm2Error} when nobody listens there. @throws {TimedOutError} when it takes longer than that.
   */
  static open(path: string, timeoutMs: number, listeners: AxonListeners): Promise<AxonConnection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ path })
      const timer = setTimeout(() => {
        socket.destroy()
        reject(new TimedOutError(`pm2: connecting to ${path}`, timeoutMs))
      }, timeoutMs)
      const failed = (error: Error): void => {
        clearTimeout(timer)
        reject(new Pm2Error(`no daemon listens at ${path}`, error))
      }
      socket.once("error", failed)
      socket.once("connect", () => {
        clearTimeout(timer)
        socket.off("error", failed)
        resolve(new AxonConnection(socket, listeners))
      })
    })
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  send(parts: readonly Buffer[]): void {
    this.#socket.write(encodeFrame(parts))
  }

  close(): void {
    this.#socket.destroy()
  }
}
