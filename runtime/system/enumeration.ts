// What lives in a program: the actors that have not ended for good, as refs (promise P9).

import type { LivingActor } from "../actor/surroundings.js"
import { type HostId, parentHost } from "../ids.js"
import { type ActorRow, listActors } from "./host-requests.js"
import type { Assembly } from "./assembly.js"

/** Lists the actors of the program that a host is in, from any of its hosts. */
export async function enumerateActors(assembly: Assembly): Promise<readonly LivingActor[]> {
  const { runtime } = assembly
  const program = programOf(runtime.host)
  const rows =
    program === runtime.host
      ? await listActors(assembly)
      : ((await runtime.askHost(program, "list")) as { readonly rows: readonly ActorRow[] }).rows
  const byId = new Map(rows.map((row) => [row.id, row]))
  const isDaemon = ({ daemon, parent }: ActorRow): boolean => {
    const above = parent === undefined ? undefined : byId.get(parent)
    return above === undefined ? daemon === true : isDaemon(above)
  }
  return rows.map((row) => {
    const { id, name, kind, placement, status } = row
    return { ref: runtime.refTo({ id, name, kind }), name, kind, placement, status, daemon: isDaemon(row) }
  })
}

function programOf(host: HostId): HostId {
  const parent = parentHost(host)
  return parent === undefined ? host : programOf(parent)
}
