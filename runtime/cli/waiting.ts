import type { Terminal } from "./terminal.js"

/** Waits shorter than this show nothing. */
const QUIET_MS = 300

/** Waits for work; when it takes longer and somebody watches, a spinner on stderr says so meanwhile. */
export async function waitingFor<T>(terminal: Terminal, text: string, work: Promise<T>): Promise<T> {
  if (!terminal.isWatched) return work
  let spinner: { stop(): unknown } | undefined
  let settled = false
  const timer = setTimeout(() => {
    void import("nanospinner").then(({ createSpinner }) => {
      if (!settled) spinner = createSpinner(text).start()
    })
  }, QUIET_MS)
  try {
    return await work
  } finally {
    settled = true
    clearTimeout(timer)
    spinner?.stop()
  }
}
