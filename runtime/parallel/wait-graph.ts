// WaitGraph — who waits for whom, for the error of a wait that took too long.

import type { Standing, WaitReport } from "../errors.js"
import { ENTRY_WORDS, ROLE, type State } from "./state.js"

/** A primitive as the graph sees it. */
export interface Looked {
  readonly name: string
  change<R>(what: string, decide: (state: State) => R): R
}

export interface GraphParts {
  readonly asker: number
  /** What it waited for. */
  readonly wants: Looked
  readonly all: Iterable<Looked>
  readonly nameOf: (owner: number) => string
}

interface Found {
  readonly name: string
  readonly holders: ReadonlySet<number>
  readonly waiters: ReadonlySet<number>
  /** Those of them who wait for what the holders do. */
  readonly blocked: ReadonlySet<number>
  /** Those of these who wait for all of the holders, not for one of them. */
  readonly joining: ReadonlySet<number>
}

/** Who has it: a lock, a permit, items of a queue that are not done. */
const HOLDS: readonly number[] = [ROLE.holding, ROLE.granted, ROLE.taken]
/** Who waits until they let go of it: for a lock, also from a condition on it; for room in a queue, or for its items to be done. */
const BLOCKED: readonly number[] = [ROLE.waiting, ROLE.parked, ROLE.putting, ROLE.joining]

function look(primitive: Looked): Found {
  return primitive.change("look", (state) => {
    const holders = new Set<number>()
    const waiters = new Set<number>()
    const blocked = new Set<number>()
    const joining = new Set<number>()
    for (let at = state.first; at < state.end; at += ENTRY_WORDS) {
      const role = state.role(at)
      if (HOLDS.includes(role)) holders.add(state.owner(at))
      if (BLOCKED.includes(role)) blocked.add(state.owner(at))
      if (role === ROLE.joining) joining.add(state.owner(at))
      if (BLOCKED.includes(role) || role === ROLE.getting) waiters.add(state.owner(at))
    }
    return { name: primitive.name, holders, waiters, blocked, joining }
  })
}

/** Who holds it, what they hold and want besides, and the circle if there is one. */
export function reportOn({ asker, wants, all, nameOf }: GraphParts): WaitReport {
  const found = [...all].map(look)
  const wanted = look(wants)
  const standing = [...wanted.holders].map((owner): Standing => ({
    party: nameOf(owner),
    holds: found.filter(({ holders }) => holders.has(owner)).map(({ name }) => name),
    waitsFor: found.filter(({ waiters }) => waiters.has(owner)).map(({ name }) => name),
  }))
  const stuck = stuckOf(asker, wanted, found)
  const path = stuck.has(asker) ? circle(asker, wanted, { found, stuck }) : []
  return {
    holders: [...wanted.holders].map(nameOf),
    standing,
    cycle: path.map((step) => (typeof step === "number" ? nameOf(step) : step)),
  }
}

/**
 * Who cannot go on whatever the others do. Of a lock, permits or room in a queue one holder that goes on is enough to let others go on; who
 * joins needs all of them. Where nobody holds what is waited for, anybody may bring it.
 */
function stuckOf(asker: number, wanted: Found, found: readonly Found[]): ReadonlySet<number> {
  const stuck = new Set<number>([asker, ...found.flatMap(({ blocked }) => [...blocked])])
  const isServed = (party: number, by: Found): boolean => {
    if (by.holders.size === 0) return true
    const goesOn = (holder: number): boolean => !stuck.has(holder)
    return by.joining.has(party) ? [...by.holders].every(goesOn) : [...by.holders].some(goesOn)
  }
  const freed = (): number | undefined =>
    [...stuck].find((party) =>
      party === asker ? isServed(party, wanted) : found.some((by) => by.blocked.has(party) && isServed(party, by)),
    )
  for (let party = freed(); party !== undefined; party = freed()) stuck.delete(party)
  return stuck
}

/** A way from the asker over what each waits for back to the asker: parties and primitives in turn, empty when there is none. */
function circle(
  asker: number,
  wanted: Found,
  { found, stuck }: { readonly found: readonly Found[]; readonly stuck: ReadonlySet<number> },
): (number | string)[] {
  const seen = new Set<number>()
  const follow = (from: Found, path: (number | string)[]): (number | string)[] => {
    for (const holder of from.holders) {
      if (holder === asker) return [...path, from.name, asker]
      if (seen.has(holder) || !stuck.has(holder)) continue
      seen.add(holder)
      for (const next of found) {
        if (!next.blocked.has(holder)) continue
        const way = follow(next, [...path, from.name, holder])
        if (way.length > 0) return way
      }
    }
    return []
  }
  return follow(wanted, [asker])
}
