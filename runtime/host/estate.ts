// Estate — the process hosts that former incarnations of this program have left running, until each has an owner again (promise S14).
// Owns who of them is still unclaimed. How one is taken over is its unit's business (process-host), the end of the rest system/'s.
// E1  Each is claimed at most once, and only by an actor that would be started exactly as it was.

import type { HostId } from "../ids.js"
import type { ProcessHostFile } from "./process-host.js"

/** A process host whose owner is gone. */
export interface Heir {
  readonly host: HostId
  readonly incarnation: number
  /** The file it was started from. */
  readonly path: string
  readonly file: ProcessHostFile
}

/** What the process hosts of a program are started with, apart from who started them. */
type Start = Omit<ProcessHostFile, "host" | "incarnation" | "owner" | "ownerIncarnation" | "ownerPid" | "ownerStartTime">

export class Estate {
  readonly #unclaimed: Map<HostId, Heir>
  readonly #adopted: string[] = []

  constructor(heirs: readonly Heir[]) {
    this.#unclaimed = new Map(heirs.map((heir) => [heir.host, heir]))
  }

  get unclaimed(): readonly Heir[] {
    return [...this.#unclaimed.values()]
  }

  /** The names of actors whose processes were taken over. */
  get adopted(): readonly string[] {
    return this.#adopted
  }

  /** Whether that host is unclaimed. */
  has(host: HostId): boolean {
    return this.#unclaimed.has(host)
  }

  /** Takes out the one that runs the actor of that name, if it was started exactly so. */
  claim(name: string, start: () => Start): Heir | undefined {
    for (const heir of this.#unclaimed.values()) {
      if (heir.file.name !== name || !isSame(heir.file, start())) continue
      this.#unclaimed.delete(heir.host)
      return heir
    }
    return undefined
  }

  /** It was not wanted after all. */
  giveBack(heir: Heir): void {
    this.#unclaimed.set(heir.host, heir)
  }

  /** It has an owner again. */
  noteAdopted(name: string): void {
    this.#adopted.push(name)
  }

  /** It has ended. */
  forget(host: HostId): void {
    this.#unclaimed.delete(host)
  }
}

/** Without a digest of the code nobody knows whether it is the same. */
function isSame(one: Start, other: Start): boolean {
  return one.inherited.code !== undefined && JSON.stringify(essence(one)) === JSON.stringify(essence(other))
}

/** Its modules stand in the digest of the code; the list of them grows while a program looks for them. */
function essence({
  kind,
  name,
  module,
  args,
  mailbox,
  memoryMb,
  askTimeoutMs,
  strictMessages,
  beatMs,
  inherited,
}: Start): unknown {
  return [
    kind,
    name,
    module,
    args,
    sorted(mailbox),
    memoryMb,
    askTimeoutMs,
    strictMessages,
    beatMs,
    sorted({ ...inherited, modules: {} }),
  ]
}

/** With its keys in order, at every depth. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, held]) => [key, sorted(held)])
}
