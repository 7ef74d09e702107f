// Where things lie in a block, in words from its start. The first 16 words are block.ts's.

export const NAME_AT = 16
export const NAME_WORDS = 16
/** The words on which waiters sleep. */
export const WAKE_AT = NAME_AT + NAME_WORDS
export const WAKE_WORDS = 128
/** For each of them the members that sleep on it, a bit for each: for ground where a word's change wakes nobody by itself. */
const SLEEPERS_AT = WAKE_AT + WAKE_WORDS
export const SLEEPERS_WORDS = 4
export const BUFFERS_AT = SLEEPERS_AT + WAKE_WORDS * SLEEPERS_WORDS

/** Where the bits of those who sleep on a word begin. */
export function sleepersAt(wakeIndex: number): number {
  return SLEEPERS_AT + (wakeIndex - WAKE_AT) * SLEEPERS_WORDS
}
