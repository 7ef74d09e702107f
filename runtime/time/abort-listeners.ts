// Who is to be told when a signal is aborted: one listener on the signal, however many wait for it.
// A caller may give one signal to thousands of asks, and Node.js takes more than ten listeners for a leak and says so on stderr.
// L1  The signal has a listener of ours as long as somebody is to be told, and not after that.
// L2  Each is told once, in the order in which they came; what one throws is thrown when all have been told.

interface Told {
  readonly listeners: Set<() => void>
  readonly abort: () => void
}

const told = new WeakMap<AbortSignal, Told>()

/** Calls `listener` once when the signal, if there is one, is aborted. A second time for the same listener changes nothing; nor does any once it is aborted. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): void {
  if (signal === undefined) return
  let of = told.get(signal)
  if (of === undefined) {
    const listeners = new Set<() => void>()
    of = { listeners, abort: () => tellAll(signal, listeners) }
    told.set(signal, of)
    signal.addEventListener("abort", of.abort, { once: true })
  }
  of.listeners.add(listener)
}

/** Takes it back. */
export function offAbort(signal: AbortSignal | undefined, listener: () => void): void {
  if (signal === undefined) return
  const of = told.get(signal)
  if (of === undefined) return
  of.listeners.delete(listener)
  if (of.listeners.size > 0) return
  told.delete(signal)
  signal.removeEventListener("abort", of.abort)
}

function tellAll(signal: AbortSignal, listeners: Set<() => void>): void {
  const thrown: unknown[] = []
  for (const listener of [...listeners]) {
    // One that was told before may have taken it back.
    if (!listeners.has(listener)) continue
    try {
      listener()
    } catch (error) {
      thrown.push(error)
    }
  }
  told.delete(signal)
  if (thrown.length > 0) throw thrown[0]
}
