// The nats-server's configuration as text: loopback only, one account for the troupe and one for the server's own events.

import { randomBytes } from "node:crypto"
import { BadOptionError } from "../errors.js"

/** The account the actors live in; the server tells of its connections on `$SYS.ACCOUNT.TROUPE.>`. */
const ACCOUNT = "TROUPE"

/** Names and passwords of one server. */
export interface ServerSecrets {
  /** Tells this server from any other that may answer at its address. */
  readonly serverName: string
  readonly user: string
  readonly password: string
  readonly sysUser: string
  readonly sysPassword: string
}

/** What a user may choose about the server. */
export interface ServerSettings {
  /** The largest message, in bytes. @default 1,048,576 (source: nats-server's own default) */
  readonly maxPayload?: number | undefined
  /** Whether messages can be stored. @default "off" */
  readonly jetStream?: "off" | "on" | undefined
  /** How long a client may leave its socket full before it is cut off, in milliseconds. @default 60,000 */
  readonly writeDeadlineMs?: number | undefined
}

export interface ServerConfig extends ServerSettings {
  readonly secrets: ServerSecrets
  readonly port: number
  readonly pidFile: string
  /** Without it the server writes its log to stderr. */
  readonly logFile?: string | undefined
  /** Where messages are stored when JetStream is on. */
  readonly storeDir: string
}

/** New names and passwords, 144 random bits each. */
export function newSecrets(): ServerSecrets {
  const secret = (): string => randomBytes(18).toString("base64url")
  return {
    serverName: `troupe-${randomBytes(6).toString("hex")}`,
    user: "troupe",
    password: secret(),
    sysUser: "sys",
    sysPassword: secret(),
  }
}

/** @throws {BadOptionError} for a setting the server would refuse, or worse, accept. */
export function checkSettings(settings: ServerSettings): void {
  const { maxPayload, writeDeadlineMs } = settings
  if (maxPayload !== undefined && !(Number.isSafeInteger(maxPayload) && maxPayload >= 1024 && maxPayload <= 64 * 1024 * 1024)) {
    throw new BadOptionError("bus.maxPayload", "a whole number of bytes from 1,024 to 67,108,864", maxPayload)
  }
  if (writeDeadlineMs !== undefined && !(Number.isSafeInteger(writeDeadlineMs) && writeDeadlineMs >= 100)) {
    throw new BadOptionError("bus.writeDeadlineMs", "a whole number of milliseconds, 100 or more", writeDeadlineMs)
  }
}

/** @throws {BadOptionError} unless it is a port a program can listen on; 0 stands for any free one. */
export function checkPort(port: unknown): number {
  if (typeof port === "number" && Number.isSafeInteger(port) && port >= 0 && port <= 65_535) return port
  throw new BadOptionError("bus.port", "a whole number from 0 (any free port) to 65535", port)
}

/**
 * The text of the configuration file. It holds passwords: keep it from others.
 * @throws {BadOptionError} for an impossible setting.
 */
export function serverConfigText(config: ServerConfig): string {
  checkSettings(config)
  const {
    secrets,
    port,
    pidFile,
    logFile,
    storeDir,
    maxPayload = 1_048_576,
    jetStream = "off",
    writeDeadlineMs = 60_000,
  } = config
  const stored = jetStream === "on"
  const user = (name: string, password: string): string => `{ user: ${quoted(name)}, password: ${quoted(password)} }`
  const lines = [
    "# Written by troupe at each start; changes made here are lost.",
    `server_name: ${quoted(secrets.serverName)}`,
    `host: "127.0.0.1"`,
    `port: ${String(port)}`,
    `pid_file: ${quoted(pidFile)}`,
    ...(logFile === undefined ? [] : [`log_file: ${quoted(logFile)}`, `logfile_size_limit: 10485760`, `logfile_max_num: 2`]),
    `max_payload: ${String(maxPayload)}`,
    `write_deadline: ${quoted(`${String(writeDeadlineMs)}ms`)}`,
    "# A dead peer on loopback closes its socket; one that is silent is only busy, maybe for long.",
    `ping_interval: "2m"`,
    `ping_max: 30`,
    `lame_duck_duration: "30s"`,
    `lame_duck_grace_period: "5s"`,
    `authorization { timeout: 10 }`,
    ...(stored ? [`jetstream { store_dir: ${quoted(storeDir)} }`] : []),
    `accounts {`,
    `  ${ACCOUNT} { ${stored ? "jetstream: enabled, " : ""}users: [ ${user(secrets.user, secrets.password)} ] }`,
    `  SYS { users: [ ${user(secrets.sysUser, secrets.sysPassword)} ] }`,
    `}`,
    `system_account: "SYS"`,
  ]
  return `${lines.join("\n")}\n`
}

/** A string as nats-server's configuration language wants it. */
export function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what must not get through
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new BadOptionError("path", "text without control characters", text)
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
}
