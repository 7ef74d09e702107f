import type { TopologyEntry } from "./schema.js"

/** A list of boot actors, checked by the compiler as it is written; started in this order, stopped in reverse. */
export function defineTopology(entries: readonly TopologyEntry[]): readonly TopologyEntry[] {
  return entries
}
