/**
 * Stands for an object that a hook makes later, so that it can be named, passed on and taken apart before there is one.
 * @throws {Error} on any use before it was made.
 */
export function startedLater<T extends object>(started: () => T | undefined): T {
  // A private field is there on the object itself alone, so its methods run on that and not on its stand-in.
  const get = (_: object, key: string | symbol): unknown => {
    const object = started()
    if (object === undefined) throw new Error(`${String(key)} is used before beforeAll; use it in a hook or in a test`)
    const value: unknown = Reflect.get(object, key)
    return typeof value === "function" ? (value.bind(object) as unknown) : value
  }
  return new Proxy({}, { get }) as T
}
