/** The address of a server, and the way to sign in that was written into it. */
export interface BusUrl {
  /** The address without credentials, so that it may be logged. */
  readonly url: string
  readonly user?: string
  readonly password?: string
  readonly token?: string
}

/**
 * Takes `nats://user:password@host:port` apart; a lone user is a token, as NATS clients have it.
 * Undefined when the text is no such URL.
 */
export function parseBusUrl(text: string): BusUrl | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== "nats:" && url.protocol !== "tls:") return undefined
  if (url.hostname === "" || url.port === "0" || url.search !== "" || url.hash !== "") return undefined
  if (url.pathname !== "" && url.pathname !== "/") return undefined
  if (/[\s,]/.test(text)) return undefined
  const address = `${url.protocol}//${url.host}`
  const user = decoded(url.username)
  const password = decoded(url.password)
  if (user === undefined || password === undefined) return undefined
  if (password === "") return user === "" ? { url: address } : { url: address, token: user }
  return user === "" ? undefined : { url: address, user, password }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
