// Numbers that look random and are the same in each run, so that results can be compared.
// Source: the mulberry32 generator of Tommy Ettinger; 32 bits of state, good enough for test data, not for statistics.

/** A source of numbers from 0 up to, and without, 1. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
