// LargeMemory — memory that large messages were packed into, kept for the next.
// Memory that is new costs more than all that is done with it: the kernel clears it page by page, and takes it back page by page while
// every thread of the process waits.
// G1  Whoever gives memory away here does not touch it again.
// G2  It holds little, and nothing for long.

/** What is kept in all. */
const KEPT_BYTES = 16 * 1024 * 1024
/** How long it is kept while nobody needs it; looked at as often. */
const KEPT_MS = 500

/** Memory smaller than this costs nothing to get. */
export const LARGE_BYTES = 32 * 1024

let kept: ArrayBuffer[] = []
let keptBytes = 0
let isUsed = false
let timer: NodeJS.Timeout | undefined

/** Memory of at least so many bytes, and at most half as much again. Who takes it writes it: what stands in it is no matter. */
export function takeLarge(bytes: number): Buffer<ArrayBuffer> {
  isUsed = true
  // The latest first: the processor may still have it at hand.
  const at = kept.findLastIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 1.5 * bytes)
  const [memory] = at < 0 ? [] : kept.splice(at, 1)
  if (memory === undefined) return Buffer.allocUnsafeSlow(bytes)
  keptBytes -= memory.byteLength
  return Buffer.from(memory)
}

/** Keeps memory for the next large message, if there is room. */
export function giveLarge(memory: ArrayBuffer): void {
  if (keptBytes + memory.byteLength > KEPT_BYTES) return
  kept.push(memory)
  keptBytes += memory.byteLength
  if (timer !== undefined) return
  timer = setInterval(forget, KEPT_MS)
  timer.unref()
}

/** Keeps the memory of a frame that is not needed any more, if it is large and not shared with others. */
export function giveFrame({ buffer, length }: Uint8Array<ArrayBuffer>): void {
  if (length >= LARGE_BYTES && 2 * length > buffer.byteLength) giveLarge(buffer)
}

function forget(): void {
  if (isUsed) {
    isUsed = false
    return
  }
  kept = []
  keptBytes = 0
  clearInterval(timer)
  timer = undefined
}
