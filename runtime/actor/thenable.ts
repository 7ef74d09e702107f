// Whether a value is to be waited for.

/** @throws {unknown} whatever a getter of `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayBe = (typeof value === "object" && value !== null) || typeof value === "function"
  return mayBe && typeof (value as { then?: unknown }).then === "function"
}
