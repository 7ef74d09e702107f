// What the bare asker and the bare responder have agreed on.

export const BARE_INCREMENT = "bare.increment"
export const BARE_BYTES = "bare.bytes"
export const BARE_FRAMES = "bare.frames"

/** As many as an outbox puts into one frame. */
const ASKS_PER_FRAME = 128
/** The head of a frame, and what an ask `increment({ by: 1 })` and its answer take in it. */
const HEAD_BYTES = 61
const ASK_BYTES = 32
const ANSWER_BYTES = 11

/** So many asks at a time, as frames: how many there are of them, and how many asks each has. */
export function framesOf(width: number): { readonly frames: number; readonly asks: number } {
  const frames = Math.ceil(width / ASKS_PER_FRAME)
  return { frames, asks: Math.ceil(width / frames) }
}

/** The bytes of a frame of so many asks. */
export function askBytes(asks: number): number {
  return HEAD_BYTES + ASK_BYTES * asks
}

/** The bytes of the frame that answers one of so many bytes. */
export function answerBytes(bytes: number): number {
  return HEAD_BYTES + ((bytes - HEAD_BYTES) / ASK_BYTES) * ANSWER_BYTES
}
