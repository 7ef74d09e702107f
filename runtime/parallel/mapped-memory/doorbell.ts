// Doorbell — a FIFO by which any process wakes the event loop of one member. Ringing never waits; a bell without a listener is silent.

import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs"
import { Socket } from "node:net"
import { codeOf } from "../../errors.js"
import type { Libc } from "./libc.js"

const { O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants
const RING = new Uint8Array(1)

/**
 * Has `rung` called when somebody rings, also when several did. It keeps no event loop alive. Undefined where there can be none, because no FIFO
 * can be made or there is no file descriptor left: whoever waits has to look by himself then.
 */
export function listen(path: string, libc: Libc, rung: () => void): Socket | undefined {
  libc.makeFifo(path)
  let fd: number
  try {
    // For writing as well, or it would end when the last who rang has closed it.
    fd = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW)
  } catch {
    return undefined
  }
  if (!fstatSync(fd).isFIFO()) {
    closeSync(fd)
    return undefined
  }
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.on("data", rung)
  socket.on("error", () => undefined)
  socket.unref()
  return socket
}

/** The bells of others. */
export class Bells {
  readonly #pathOf: (member: number) => string
  readonly #open = new Map<number, number>()

  constructor(pathOf: (member: number) => string) {
    this.#pathOf = pathOf
  }

  ring(member: number): void {
    try {
      let fd = this.#open.get(member)
      if (fd === undefined) this.#open.set(member, (fd = openSync(this.#pathOf(member), O_WRONLY | O_NONBLOCK | O_NOFOLLOW)))
      writeSync(fd, RING)
    } catch (error) {
      // Full: it has rung often enough. Everything else: nobody listens any more, and who comes next opens it anew.
      if (codeOf(error) !== "EAGAIN") this.#close(member)
    }
  }

  close(): void {
    for (const member of [...this.#open.keys()]) this.#close(member)
  }

  #close(member: number): void {
    const fd = this.#open.get(member)
    if (fd === undefined) return
    this.#open.delete(member)
    closeSync(fd)
  }
}
