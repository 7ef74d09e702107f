// Call — what a command is given when it runs.

import type { Config } from "../../config/schema.js"
import type { ClientConfig, ConfigPlace } from "./client-config.js"
import type { CommandWords } from "./command.js"
import type { Terminal } from "./terminal.js"

export interface Call {
  /** The arguments, as they were typed; those left out are missing at the end. */
  readonly args: readonly string[]
  /** The command's own options, by their names in camelCase; not the ones all commands have. */
  readonly options: Readonly<Record<string, unknown>>
  readonly terminal: Terminal
  /** Aborted by Ctrl-C and SIGTERM. A command that waits heeds it. */
  readonly signal: AbortSignal
  /** Where relative paths on the command line start from, absolute. */
  readonly cwd: string
  /** The directory that the configuration and the state directory belong to, absolute. */
  readonly projectDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the configuration comes from: file, environment and flags. */
  place(): Promise<ConfigPlace>
  /** Every command there is, and what can follow it; loads them all. */
  words(): Promise<readonly CommandWords[]>
  /** The whole configuration, flags included. @throws {BadConfigError} */
  config(): Promise<Config>
  /** What a client needs of it; loads less. @throws {BadConfigError} */
  clientConfig(): Promise<ClientConfig>
}
