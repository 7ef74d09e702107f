// later — a call after a span of any length; setTimeout alone takes a span over 2^31 - 1 ms for none at all.

const LONGEST_MS = 2 ** 31 - 1

export interface Later {
  cancel(): void
}

/** Calls once after `ms` milliseconds; never when that is Infinity. */
export function later(ms: number, call: () => void): Later {
  if (ms === Infinity) return { cancel: () => undefined }
  const due = performance.now() + ms
  let timer: NodeJS.Timeout
  const arm = (left: number): void => {
    timer = setTimeout(
      () => {
        const rest = due - performance.now()
        if (left <= LONGEST_MS || rest <= 0) call()
        else arm(rest)
      },
      Math.min(left, LONGEST_MS),
    )
  }
  arm(ms)
  return { cancel: () => clearTimeout(timer) }
}
