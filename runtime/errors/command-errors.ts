// The command line.

import { TroupeError } from "./troupe-error.js"

/** The command line was used in a way it does not know. */
export class UsageError extends TroupeError {
  readonly code = "ERR_USAGE"
  constructor(what: string, todo: string) {
    super(`${what}; ${todo}`)
  }
}

/** An error reply, as it came over the bus: code, message and data are those of who answered. */
export class RemoteError extends TroupeError {
  readonly code: string
  readonly source: "actor" | "node"
  constructor(source: "actor" | "node", reply: { code: string; message: string; data: Record<string, unknown> }) {
    super(reply.message, reply.data)
    this.code = reply.code
    this.source = source
  }
}
