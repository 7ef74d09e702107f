// task — a function that the workers of a pool can find: in other threads and processes its module is imported, and there it is the
// same one again by its place among the tasks of the module.

import { fileURLToPath } from "node:url"
import { BadOptionError, BadTaskError } from "../errors.js"

/** Where a task is found. */
export interface TaskAddress {
  readonly module: string
  /** Its place among the tasks of its module, from 0. */
  readonly number: number
  readonly name: string
}

const ADDRESS: unique symbol = Symbol.for("troupe.task")

/** A function that a pool can run; called by itself it is the function it was made of. */
export type Task<A extends readonly unknown[] = never, O = unknown> = ((...args: A) => O) & {
  readonly [ADDRESS]: TaskAddress
}

const tasks = new Map<string, ((...args: never) => unknown)[]>()

/**
 * Makes a task of a function, at the top level of a module: `export const square = task(import.meta.url, (x: number) => x * x)`.
 * The workers import that module, so it must not be the program's main file, and what it does when it is imported is done in each of them.
 * @throws {BadOptionError} when the first argument is no module's URL or the second no function
 */
export function task<A extends readonly unknown[], O>(module: string, run: (...args: A) => O): Task<A, O> {
  if (typeof (module as unknown) !== "string" || !/^(file|data):/.test(module))
    throw new BadOptionError("task module", "import.meta.url", module)
  if (typeof (run as unknown) !== "function") throw new BadOptionError("task", "a function", run)
  let own = tasks.get(module)
  if (own === undefined) tasks.set(module, (own = []))
  const number = own.push(run) - 1
  const address: TaskAddress = {
    module,
    number,
    name: run.name === "" ? `${module.slice(module.lastIndexOf("/") + 1)} [${String(number)}]` : run.name,
  }
  // A function of its own: one function may be made a task twice.
  return Object.defineProperty((...args: A): O => run(...args), ADDRESS, { value: address }) as Task<A, O>
}

/** Whether a function was made a task. */
export function isTask<A extends readonly unknown[], O>(given: (...args: A) => O): given is Task<A, O> {
  return typeof given === "function" && ADDRESS in given
}

/** @throws {BadTaskError} when it is none, or is defined in the file that the program was started with */
export function addressOf(given: unknown): TaskAddress {
  const address = typeof given === "function" ? (given as { [ADDRESS]?: TaskAddress })[ADDRESS] : undefined
  if (address === undefined) {
    const name = typeof given === "function" && given.name !== "" ? given.name : String(given)
    throw new BadTaskError(name, "it is no task; make it one with task(import.meta.url, …), so that workers find it")
  }
  if (address.module.startsWith("file:") && fileURLToPath(address.module) === process.argv[1])
    throw new BadTaskError(
      address.name,
      "it is in the file that the program was started with, and every worker that imported that would start the program again; move it to a module of its own",
    )
  return address
}

/** The function of a task, in this thread or process. @throws {BadTaskError} */
export async function findTask({ module, number, name }: TaskAddress): Promise<(...args: never) => unknown> {
  if (!tasks.has(module)) {
    try {
      await import(module)
    } catch (error) {
      throw new BadTaskError(name, "its module cannot be imported", error)
    }
  }
  const found = tasks.get(module)?.[number]
  if (found === undefined)
    throw new BadTaskError(
      name,
      "its module makes fewer tasks where it is imported by a worker; make tasks at its top level, always",
    )
  return found
}
