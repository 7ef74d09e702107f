// Transport — a way for frames from this host to others. Implementations: ring-transport (threads), nats-transport.

import type { HostId } from "../ids.js"

/** Called with each frame that arrives. Its bytes are good until it returns. Must not throw. */
export type FrameReceiver = (frame: Uint8Array) => void

/** What a frame that waits takes beside its bytes: its own object, that of its memory, its place in line, its owner's note of it. */
const FRAME_BYTES = 512

/** What a frame takes of memory while it waits, in bytes: of small ones that is much more than what is in them. */
export function costOf(frame: Uint8Array): number {
  return frame.length + FRAME_BYTES
}

export interface Transport {
  /**
   * When the messages for it leave together: as soon as the callback that posts them and the promises it settles have run; or, where
   * a frame costs much, those of the first callback of a turn of the event loop so, and those of the others at the turn's end.
   */
  readonly batch: "turn" | "callback"
  /**
   * Sends a frame; frames for one host arrive in the order they were sent, whole, at most once.
   * Returns false, having sent nothing, when it cannot take it (it is closed, or its buffer is full).
   * The frame's buffer belongs to the transport from then on.
   */
  send(to: HostId, frame: Uint8Array<ArrayBuffer>): boolean
  close(): void
}
