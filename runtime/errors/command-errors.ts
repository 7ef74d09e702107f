// The command line.

import { TroupeError } from "./troupe-error.js"

/** The command line was used in a way it does not know. */
export class UsageError extends TroupeError {
  readonly code = "ERR_USAGE"
  constructor(what: string, todo: string) {
    super(`${what}; ${todo}`)
  }
}

/** What was printed did not get out, say because the disk is full. */
export class OutputLostError extends TroupeError {
  readonly code = "ERR_OUTPUT_LOST"
  constructor(stream: string, cause: string) {
    super(`${stream}: what was printed is lost (${cause}); make room, or send it elsewhere`, { stream, cause })
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
