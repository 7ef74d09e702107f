// Keeps a number of asks in flight until all are answered.

/** Makes `total` calls, `width` at a time; resolves with the milliseconds it took. Rejects with the first failure. */
export async function inFlight(total: number, width: number, call: () => Promise<unknown>): Promise<number> {
  let begun = 0
  const start = performance.now()
  const lane = async (): Promise<void> => {
    while (begun < total) {
      begun++
      await call()
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  return performance.now() - start
}
