// Halo exchange in shared memory: a ring of chunks, each of which needs an edge of both its neighbours' for every step.
// Each member publishes the number of its step with the edges of that step and of the one before.
//
// H1  A member computes step s + 1 once both neighbours have published step s. So neighbours are one step apart at most, and what is
//     written over, the edges of step s − 1, has been read.
// H2  Member 0 says which step is the last before it publishes the next one of its own. A member d places away needs what follows from
//     that to get further than d steps beyond, so all know it in time, and all end at the same step.

import type { Wait } from "./wait.js"

/** Of each chunk. */
export const HALO_CELLS = 4096
const SPIN_MS = 0.05

/** Words of a member, on a cache line of its own: the step, then left and right edge of even steps, then of odd ones. */
const MEMBER_WORDS = 16
/** The last step, before the members' words; 0 until it is known. */
const LAST_WORDS = 16

export interface HaloMemory {
  readonly words: Int32Array
  /** Where its words begin; zeros at first. */
  readonly at: number
  readonly wait: Wait
  readonly stopped: () => boolean
}

export interface HaloResult {
  readonly steps: number
  /** Of all cells, modulo 2³². */
  readonly sum: number
}

/** The words that a ring of so many takes. */
export function haloWords(members: number): number {
  return LAST_WORDS + members * MEMBER_WORDS
}

/** The cells of a member before the first step. */
export function haloCells(member: number): Int32Array {
  return Int32Array.from({ length: HALO_CELLS }, (_, i) => Math.imul(member * HALO_CELLS + i + 1, 0x9e3779b1))
}

/** Each cell becomes the sum of itself and its two neighbours, modulo 2³². Whole numbers, so that one wrong edge shows in the sum of all. */
export function haloStep(
  cells: Int32Array,
  next: Int32Array,
  { left, right }: { readonly left: number; readonly right: number },
): void {
  let before = left
  let here = cells[0] as number
  for (let i = 1; i < HALO_CELLS; i++) {
    const after = cells[i] as number
    next[i - 1] = (before + here + after) | 0
    before = here
    here = after
  }
  next[HALO_CELLS - 1] = (before + here + right) | 0
}

export function sumOf(cells: Int32Array): number {
  let sum = 0
  for (const cell of cells) sum = (sum + cell) | 0
  return sum
}

/** What the cells of a ring add up to after so many steps: each step makes it three times as much. */
export function haloSum(members: number, steps: number): number {
  let sum = 0
  for (let member = 0; member < members; member++) sum = (sum + sumOf(haloCells(member))) | 0
  for (let step = 0; step < steps; step++) sum = Math.imul(sum, 3)
  return sum
}

/** Steps until the last one. */
export function haloJob(memory: HaloMemory, member: number, members: number): HaloResult {
  const { words, at, wait, stopped } = memory
  const own = at + LAST_WORDS + member * MEMBER_WORDS
  const of = (other: number): number => at + LAST_WORDS + ((other + members) % members) * MEMBER_WORDS
  const [left, right] = [of(member - 1), of(member + 1)]
  let cells = haloCells(member)
  let next: Int32Array = new Int32Array(HALO_CELLS)
  const publish = (step: number): void => {
    const edges = own + 1 + (step & 1) * 2
    words[edges] = cells[0] as number
    words[edges + 1] = cells[HALO_CELLS - 1] as number
    // Step 0 is published as 1: 0 is the memory before anybody has begun.
    Atomics.store(words, own, step + 1)
    wait.wake(words, own)
  }
  publish(0)
  for (let step = 0; ; step++) {
    if (step > 0 && Atomics.load(words, at) === step) return { steps: step, sum: sumOf(cells) }
    if (member === 0 && Atomics.load(words, at) === 0 && stopped()) Atomics.store(words, at, step + members)
    reached(words, left, { step, wait })
    reached(words, right, { step, wait })
    const parity = 1 + (step & 1) * 2
    haloStep(cells, next, { left: words[left + parity + 1] as number, right: words[right + parity] as number })
    ;[cells, next] = [next, cells]
    publish(step + 1)
  }
}

/** Waits until a neighbour has published a step. */
function reached(words: Int32Array, at: number, { step, wait }: { readonly step: number; readonly wait: Wait }): void {
  const there = (): boolean => Atomics.load(words, at) > step
  if (there()) return
  const until = performance.now() + SPIN_MS
  while (performance.now() < until) if (there()) return
  while (!there()) {
    const value = Atomics.load(words, at)
    if (value > step) return
    wait.wait({ words, at, value })
  }
}
