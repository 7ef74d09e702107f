// A bus's address and credentials as people write them, and as they are used.

import { BadOptionError } from "../errors.js"

/** TLS, by the paths of PEM files. */
export interface BusTls {
  /** The certificates to trust. @default those that come with Node.js */
  readonly caFile?: string | undefined
  /** Our own certificate and its key, where the server asks for them. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  /** Whether TLS begins before the server's greeting. @default "after-greeting" */
  readonly handshake?: "first" | "after-greeting" | undefined
}

/** Where a bus is and how to get in; at most one kind of credentials. */
export interface BusAddress {
  /** `nats://host:port` or `tls://host:port`; credentials in it count as `user` and `password`, or as `token`. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  /** A file with an nkey seed (`SU…`). */
  readonly nkeyFile?: string | undefined
  /** A file with a JWT and its seed, as `nsc` writes it. */
  readonly credsFile?: string | undefined
  readonly tls?: BusTls | undefined
}

export type BusCredentials =
  | { readonly type: "none" }
  | { readonly type: "password"; readonly user: string; readonly password: string }
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "nkey"; readonly file: string }
  | { readonly type: "creds"; readonly file: string }

/** A checked address: its parts apart, and a URL that can be shown because it holds no secret. */
export interface ResolvedAddress {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly credentials: BusCredentials
  readonly tls?: BusTls | undefined
}

const DEFAULT_PORT = 4222

/** @throws {BadOptionError} naming the option, for what is no address, or for credentials of two kinds. */
export function resolveAddress(address: BusAddress): ResolvedAddress {
  const text = address.url.includes("://") ? address.url : `nats://${address.url}`
  const scheme = /^(nats|tls):\/\//.exec(text)?.[1]
  // As http, because the parser treats schemes it does not know as opaque; a port of 80 survives as "no port" only there.
  const parsed = scheme === undefined ? undefined : parse(text.replace(/^(nats|tls):/, "http:"))
  if (scheme === undefined || parsed === undefined || parsed.hostname === "") {
    throw new BadOptionError("bus.url", "nats://host:port or tls://host:port", withoutSecrets(address.url))
  }
  const port = parsed.port !== "" ? Number(parsed.port) : /:80$/.test(parsed.authorityTail) ? 80 : DEFAULT_PORT
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1")
  return {
    url: `${scheme}://${parsed.hostname}:${String(port)}`,
    host,
    port,
    credentials: credentialsOf(address, parsed),
    tls: address.tls ?? (scheme === "tls" ? {} : undefined),
  }
}

interface ParsedUrl {
  readonly hostname: string
  readonly port: string
  readonly username: string
  readonly password: string
  readonly authorityTail: string
}

function parse(text: string): ParsedUrl | undefined {
  if (!URL.canParse(text)) return undefined
  const { hostname, port, username, password } = new URL(text)
  return {
    hostname,
    port,
    username: decoded(username),
    password: decoded(password),
    authorityTail: /^http:\/\/([^/?#]*)/.exec(text)?.[1] ?? "",
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function credentialsOf(address: BusAddress, parsed: ParsedUrl): BusCredentials {
  const given: BusCredentials[] = []
  const { user, password, token, nkeyFile, credsFile } = address
  if (user !== undefined) {
    if (password === undefined) throw new BadOptionError("bus.password", "a password for bus.user", undefined)
    given.push({ type: "password", user, password })
  } else if (password !== undefined) {
    throw new BadOptionError("bus.user", "a user for bus.password", undefined)
  }
  if (token !== undefined) given.push({ type: "token", token })
  if (nkeyFile !== undefined) given.push({ type: "nkey", file: nkeyFile })
  if (credsFile !== undefined) given.push({ type: "creds", file: credsFile })
  if (given.length > 1) {
    throw new BadOptionError("bus", "one kind of credentials", given.map(({ type }) => type).join(" and "))
  }
  if (given[0] !== undefined) return given[0]
  if (parsed.username === "") return { type: "none" }
  if (parsed.password === "") return { type: "token", token: parsed.username }
  return { type: "password", user: parsed.username, password: parsed.password }
}

/** A URL that may be shown: what stands before the @ is gone. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z+]*:\/\/)?[^/]*@/i, "$1")
}
