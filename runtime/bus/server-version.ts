// What versions of nats-server say about themselves, and which of them will do.

/** A version of nats-server: `text` as it was printed, without a leading v. */
export interface ServerVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly text: string
}

/** The oldest nats-server that will do: 2.10 brought what the bus relies on. */
export const OLDEST_SERVER = "2.10.0"

const VERSION = /^v?((\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:[-+][0-9A-Za-z.+-]{1,64})?)$/

/** Reads a version as in a server's greeting: `2.14.0`, `v2.11.0-RC.1`; undefined when it is none. */
export function parseServerVersion(text: string): ServerVersion | undefined {
  const match = VERSION.exec(text.trim())
  if (match === null) return undefined
  return { major: Number(match[2]), minor: Number(match[3]), patch: Number(match[4]), text: match[1] ?? "" }
}

/** Reads what `nats-server --version` prints; undefined when some other program printed it. */
export function parseVersionOutput(output: string): ServerVersion | undefined {
  const match = /(?:^|\n)nats-server:?\s+(?:version\s+)?(\S{1,100})/i.exec(output)
  return match?.[1] === undefined ? undefined : parseServerVersion(match[1])
}

/** Whether this version is {@link OLDEST_SERVER} or newer; a release candidate counts as its release. */
export function isNewEnough(version: ServerVersion): boolean {
  return version.major > 2 || (version.major === 2 && version.minor >= 10)
}
