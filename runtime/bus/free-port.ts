// Finding a port that stays ours while the server is away.

import { randomInt } from "node:crypto"
import { createServer } from "node:net"
import { BusFailedError } from "../errors.js"

// Below what operating systems hand out by themselves (from 32,768 or 49,152): while the server is being restarted nobody
// gets its port by chance, and a client that dials it in the meantime cannot be connected to itself, as happens on
// loopback with a port of that range.
const LOWEST = 20_000
const HIGHEST = 29_999
const ATTEMPTS = 200

/** Whether a server could listen on this loopback port now. */
export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => {
      resolve(false)
    })
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      probe.close(() => {
        resolve(true)
      })
    })
  })
}

/**
 * A free loopback port, the preferred one if it is free.
 * @throws {BusFailedError} when none is to be found.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    if (await isPortFree(port)) return port
  }
  throw new BusFailedError(
    `no free port between ${String(LOWEST)} and ${String(HIGHEST)} on 127.0.0.1; set bus.port to one that is free`,
  )
}
