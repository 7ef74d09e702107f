// How long to wait before the bus is dialled again.

export interface ReconnectDelay {
  /** For how long it has been out of reach, in milliseconds. */
  readonly outageMs: number
  /** @default 2000 */
  readonly maxMs?: number | undefined
  /** From 0 to 1, so that many clients do not come back in one moment. */
  readonly random: number
}

const MIN_MS = 50

/**
 * Half as long as the outage has lasted, from 50 ms up to the maximum, less a jitter of up to a half.
 * It grows with the outage, as doubling does, and needs no count of attempts: nats.js asks for it several times per attempt.
 */
export function reconnectDelay({ outageMs, maxMs = 2000, random }: ReconnectDelay): number {
  const most = Math.min(maxMs, Math.max(MIN_MS, outageMs / 2))
  return Math.ceil(most * (1 - random / 2))
}
