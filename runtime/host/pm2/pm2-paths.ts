// Where a pm2 daemon keeps its sockets and files; the same rules as pm2's own, so that both meet at one daemon.

import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { BadOptionError } from "../../errors.js"

/** The files of one pm2 home. */
export interface Pm2Paths {
  readonly home: string
  readonly rpcSocket: string
  readonly pubSocket: string
  readonly pidFile: string
  readonly logFile: string
  readonly logDir: string
  readonly pidDir: string
  readonly launchLock: string
  /** Which daemon one of us started. */
  readonly mark: string
}

// sun_path holds 108 bytes on Linux and 104 elsewhere, the closing zero included. libuv cuts a longer one silently, and two
// homes could then meet at one socket.
const LONGEST_SOCKET_PATH = process.platform === "linux" ? 107 : 103

/**
 * The paths of the daemon that a program with this environment talks to.
 * @param home overrides `PM2_HOME` @default env.PM2_HOME, else ~/.pm2
 * @throws {BadOptionError} when the socket's path is longer than the system allows.
 */
export function pm2Paths(env: NodeJS.ProcessEnv, home?: string): Pm2Paths {
  const root = resolve(home ?? (env["PM2_HOME"] || join(env["HOME"] || homedir(), ".pm2")))
  const rpcSocket = join(root, "rpc.sock")
  if (Buffer.byteLength(rpcSocket) > LONGEST_SOCKET_PATH) {
    throw new BadOptionError("PM2_HOME", `a path of at most ${String(LONGEST_SOCKET_PATH - "/rpc.sock".length)} bytes`, root)
  }
  return {
    home: root,
    rpcSocket,
    pubSocket: join(root, "pub.sock"),
    pidFile: join(root, "pm2.pid"),
    logFile: join(root, "pm2.log"),
    logDir: join(root, "logs"),
    pidDir: join(root, "pids"),
    launchLock: join(root, "troupe-launch.lock"),
    mark: join(root, "troupe-daemon.json"),
  }
}
