// What shows on a terminal while something takes its time: one line on stderr that turns and is wiped away at the end. The cursor
// stays visible, so that there is nothing to restore, however the program ends.

import type { Terminal } from "./terminal.js"

/** Waits shorter than this show nothing. */
const QUIET_MS = 300
const FRAME_MS = 80
const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

/** Waits for work; when it takes longer and somebody watches, a line on stderr says so meanwhile. */
export async function waitingFor<T>(terminal: Terminal, text: string, work: Promise<T>): Promise<T> {
  if (!terminal.isWatched) return work
  let turn = 0
  let turning: NodeJS.Timeout | undefined
  const quiet = setTimeout(() => {
    turning = setInterval(() => terminal.redraw(`${FRAMES[turn++ % FRAMES.length] ?? ""} ${text}`), FRAME_MS)
  }, QUIET_MS)
  try {
    return await work
  } finally {
    clearTimeout(quiet)
    clearInterval(turning)
    if (turn > 0) terminal.redraw("")
  }
}
