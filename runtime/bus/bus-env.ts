// What a shell needs so that any NATS client finds the bus.

import { resolveAddress, type BusAddress } from "./bus-address.js"

/**
 * The environment variables that the stock `nats` command and most clients read, by name.
 * NATS_URL carries user and password, so that it is enough by itself.
 */
export function natsEnv(address: BusAddress): Record<string, string> {
  const { url, credentials, tls } = resolveAddress(address)
  const env: Record<string, string> = { NATS_URL: url }
  switch (credentials.type) {
    case "none":
      break
    case "password":
      env["NATS_URL"] = withLogin(url, `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}`)
      env["NATS_USER"] = credentials.user
      env["NATS_PASSWORD"] = credentials.password
      break
    case "token":
      env["NATS_URL"] = withLogin(url, encodeURIComponent(credentials.token))
      break
    case "nkey":
      env["NATS_NKEY"] = credentials.file
      break
    case "creds":
      env["NATS_CREDS"] = credentials.file
      break
  }
  if (tls?.caFile !== undefined) env["NATS_CA"] = tls.caFile
  if (tls?.certFile !== undefined) env["NATS_CERT"] = tls.certFile
  if (tls?.keyFile !== undefined) env["NATS_KEY"] = tls.keyFile
  return env
}

/** Lines for `eval` in a POSIX shell. A value may hold anything; it is never executed. */
export function natsEnvLines(address: BusAddress): string {
  return Object.entries(natsEnv(address))
    .map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`)
    .join("")
}

/** One word of a POSIX shell that stands for exactly this text. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function withLogin(url: string, login: string): string {
  return url.replace("://", `://${login}@`)
}
