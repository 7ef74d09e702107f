// The bus, pm2 and the node.

import { TroupeError } from "./troupe-error.js"

/** No usable nats-server was found, and none could be fetched. */
export class NoNatsServerError extends TroupeError {
  readonly code = "ERR_NO_NATS_SERVER"
  constructor(tried: readonly string[], cause?: unknown) {
    super(
      `no nats-server to be had (${tried.join("; ")}). Ways to get one: put nats-server 2.10 or newer on the PATH, name it in NATS_SERVER_BIN, set bus.url to a server that runs, or connect to the npm registry once`,
      { tried },
      cause,
    )
  }
}

/** Nothing answers at the address of the bus. */
export class BusUnreachableError extends TroupeError {
  readonly code = "ERR_BUS_UNREACHABLE"
  constructor(url: string, cause?: unknown, todo = 'see that a nats-server runs there; "troupe doctor" says what is wrong') {
    const why = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : ""
    super(`${url}: the bus cannot be reached${why}; ${todo}`, { url }, cause)
  }
}

/** The bus refuses these credentials. */
export class BusRefusedError extends TroupeError {
  readonly code = "ERR_BUS_REFUSED"
  constructor(url: string, cause?: unknown) {
    super(`${url}: the bus refuses these credentials; check bus.user, bus.password, bus.token or bus.creds`, { url }, cause)
  }
}

/** The server at the bus's address is too old. */
export class BusTooOldError extends TroupeError {
  readonly code = "ERR_BUS_TOO_OLD"
  constructor(url: string, version: string, oldest: string) {
    super(`${url}: nats-server ${version} is too old; ${oldest} or newer is needed`, { url, version, oldest })
  }
}

/** The nats-server that we started ended by itself or never came up. */
export class BusFailedError extends TroupeError {
  readonly code = "ERR_BUS_FAILED"
  constructor(why: string, cause?: unknown) {
    super(`nats-server: ${why}`, {}, cause)
  }
}

/** The state directory, or a file in it, cannot be used: not writable, not ours, damaged, or the disk is full. */
export class StateDirError extends TroupeError {
  readonly code = "ERR_STATE_DIR"
  constructor(path: string, { why, todo }: { why: string; todo: string }, cause?: unknown) {
    super(`${path}: ${why}; ${todo}`, { path }, cause)
  }
}

/** No node answers on the bus. */
export class NodeUnreachableError extends TroupeError {
  readonly code = "ERR_NODE_UNREACHABLE"
  constructor(prefix: string, cause?: unknown) {
    super(`no node answers for prefix "${prefix}"; "troupe up" starts it`, { prefix }, cause)
  }
}

/** The node did not come up. */
export class NodeFailedError extends TroupeError {
  readonly code = "ERR_NODE_FAILED"
  constructor(why: string, cause?: unknown) {
    super(`the node did not come up: ${why}`, { why }, cause)
  }
}

/** pm2 refused or failed at something it was asked to do. */
export class Pm2Error extends TroupeError {
  readonly code = "ERR_PM2"
  constructor(what: string, cause?: unknown) {
    super(`pm2: ${what}${cause instanceof Error ? `: ${cause.message}` : ""}`, {}, cause)
  }
}
