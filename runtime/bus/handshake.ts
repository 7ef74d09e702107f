// Handshake — what answers at an address: nobody, a stranger, a NATS server, or a NATS server that lets us in.
// A connection of its own, opened and closed here: nats.js does not say the server's version before it has logged in, and
// leaves its socket open when a peer accepts and then stays silent.

import { createConnection } from "node:net"

/** What a NATS server says of itself before anybody logs in. */
export interface Greeting {
  readonly version: string
  readonly serverName: string
  /** In bytes. */
  readonly maxPayload: number
}

export type Handshake =
  | { readonly type: "unreachable"; readonly cause: Error }
  | { readonly type: "greeted"; readonly greeting: Greeting }
  | { readonly type: "refused"; readonly greeting: Greeting; readonly why: string }
  | { readonly type: "accepted"; readonly greeting: Greeting }

export interface HandshakeOptions {
  /** Milliseconds until silence counts as unreachable. @default 5000 */
  readonly timeoutMs?: number | undefined
  /** Log in with these; without them the greeting is all that is asked for. */
  readonly login?: { readonly user: string; readonly password: string } | undefined
}

const LONGEST_LINE = 256 * 1024

/** Reads a server's first line; undefined when it is not a NATS server's. */
export function parseGreeting(line: string): Greeting | undefined {
  const match = /^INFO\s+(\{.*\})\s*$/.exec(line)
  if (match?.[1] === undefined) return undefined
  let info: unknown
  try {
    info = JSON.parse(match[1])
  } catch {
    return undefined
  }
  const { version, server_name: name, max_payload: maxPayload } = info as Record<string, unknown>
  if (typeof version !== "string") return undefined
  return {
    version,
    serverName: typeof name === "string" ? name : "",
    maxPayload: typeof maxPayload === "number" ? maxPayload : 0,
  }
}

/** Connects, reads the greeting, logs in if asked to, and hangs up. Never rejects. */
export async function shakeHands(at: { host: string; port: number }, options: HandshakeOptions = {}): Promise<Handshake> {
  const timeoutMs = options.timeoutMs ?? 5000
  return new Promise((resolve) => {
    const socket = createConnection({ host: at.host, port: at.port })
    let received = ""
    let greeting: Greeting | undefined
    const timer = setTimeout(() => {
      settle({ type: "unreachable", cause: new Error(`it accepts connections but said nothing within ${String(timeoutMs)} ms`) })
    }, timeoutMs)

    function settle(result: Handshake): void {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }

    function heard(line: string): void {
      if (greeting === undefined) {
        greeting = parseGreeting(line)
        if (greeting === undefined) {
          settle({ type: "unreachable", cause: new Error("what answers there is not a NATS server") })
        } else if (options.login === undefined) {
          settle({ type: "greeted", greeting })
        } else {
          const { user, password } = options.login
          const login = { verbose: false, pedantic: false, protocol: 1, lang: "troupe", version: "1", user, pass: password }
          socket.write(`CONNECT ${JSON.stringify(login)}\r\nPING\r\n`)
        }
      } else if (line.startsWith("PONG")) {
        settle({ type: "accepted", greeting })
      } else if (line.startsWith("-ERR")) {
        settle({ type: "refused", greeting, why: line.slice(4).trim().replaceAll("'", "") })
      }
    }

    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => {
      received += chunk
      for (let end = received.indexOf("\n"); end >= 0 && !socket.destroyed; end = received.indexOf("\n")) {
        const line = received.slice(0, end)
        received = received.slice(end + 1)
        heard(line)
      }
      if (received.length > LONGEST_LINE || (greeting === undefined && !"INFO ".startsWith(received.slice(0, 5)))) {
        settle({ type: "unreachable", cause: new Error("what answers there is not a NATS server") })
      }
    })
    socket.on("error", (cause) => {
      settle({ type: "unreachable", cause: readable(cause) })
    })
    socket.on("close", () => {
      settle({ type: "unreachable", cause: new Error("it hung up before it greeted") })
    })
  })
}

// A name with several addresses fails with an AggregateError, whose own message is empty.
function readable(error: Error): Error {
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : undefined
  return error.message === "" && inner instanceof Error ? inner : error
}
