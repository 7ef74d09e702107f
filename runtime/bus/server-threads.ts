// On how many processor cores the server runs at once. Left to itself it takes all: it then wakes a thread of its own for each message that
// meets it at rest, and has it look for more in vain. On few cores that costs more than the message (docs/decisions.md).

import { availableParallelism } from "node:os"

/** How a program in Go is told. */
const VARIABLE = "GOMAXPROCS"
/** The rest is for the actors. */
const CORES_PER_SERVER_CORE = 4

/** What to add to the environment of a server; a number that the user has set stays. */
export function serverThreads(env: NodeJS.ProcessEnv, cores = availableParallelism()): Readonly<Record<string, string>> {
  return { [VARIABLE]: env[VARIABLE] ?? String(Math.max(1, Math.floor(cores / CORES_PER_SERVER_CORE))) }
}
