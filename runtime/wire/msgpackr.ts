// msgpackr without its compiled part, and that part once it pays.
// The compiled part reads text two to four times as fast as JavaScript does. To find and load it takes a good part of a thread's start,
// and most threads read nothing long before they are ready. msgpackr takes it up whenever it is there.

import type * as Msgpackr from "msgpackr"
import * as plain from "msgpackr/pack"

// Its declarations for this path point nowhere; what it exports is the same as what the whole does.
const { addExtension, Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } = plain as unknown as typeof Msgpackr
type Packr = Msgpackr.Packr
export { addExtension, Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE, REUSE_BUFFER_MODE }

/** From what length on a message is worth it, in bytes. */
const LONG_BYTES = 512

let loading: Promise<unknown> | undefined

/** Has the compiled part loaded once a message of that length is read; where there is none, all stays as it is. */
export function useNativeFor(bytes: number): void {
  if (bytes >= LONG_BYTES) loading ??= import("msgpackr").catch(() => undefined)
}
