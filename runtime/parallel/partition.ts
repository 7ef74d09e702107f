// partition — a length cut into chunks of neighbours, for geometric decomposition.

import { BadOptionError } from "../errors.js"

/** Some neighbours out of a length, and the halo: the neighbours' cells that are needed beside its own. */
export interface Chunk {
  /** Its place among the chunks, from 0. */
  readonly rank: number
  /** Its own cells are from `from` up to, and without, `to`. */
  readonly from: number
  readonly to: number
  /** With its halo it is from `low` up to, and without, `high`; at an end of the length there is none. */
  readonly low: number
  readonly high: number
}

export interface PartitionOptions {
  /** How many cells of its neighbours a chunk needs at each side. @default 0 */
  readonly halo?: number
}

/**
 * Cuts a length into so many chunks, equal but for one cell, that cover it without gap or overlap; some are empty when there are more
 * chunks than cells.
 * @throws {BadOptionError} for what is no whole number
 */
export function partition(length: number, chunks: number, { halo = 0 }: PartitionOptions = {}): readonly Chunk[] {
  whole("length", length, 0)
  whole("chunks", chunks, 1)
  whole("halo", halo, 0)
  const bound = (rank: number): number => Math.floor((length * rank) / chunks)
  return Array.from({ length: chunks }, (_, rank) => {
    const [from, to] = [bound(rank), bound(rank + 1)]
    return { rank, from, to, low: Math.max(0, from - halo), high: Math.min(length, to + halo) }
  })
}

function whole(option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new BadOptionError(option, `a whole number, ${String(least)} or more`, value)
}
