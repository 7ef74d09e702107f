// Injection — how actors are made: by tsyringe, from the container of their host.
// tsyringe is loaded only where a class has something injected or the project has providers: most threads need neither,
// and would be ready half a tenth of a second later.

import "reflect-metadata"
import type { DependencyContainer } from "tsyringe"
import type { Actor } from "../actor/actor.js"
import type { ActorClass, ActorDefinition } from "../actor/definition.js"
import { ActorModuleError } from "../errors.js"

/** Injects what spawn was given as `args`. */
export const ARGS: unique symbol = Symbol.for("troupe.ARGS")

/** A module that registers providers exports this function. It is called once in every host, before any actor is made. */
export type RegisterProviders = (container: DependencyContainer) => void | Promise<void>

type Injectable = new (...injected: unknown[]) => Actor

export class Injection {
  #container: DependencyContainer | undefined
  readonly #known = new WeakSet<ActorClass>()

  /** Loads the project's providers, if it has a module of them. @throws {ActorModuleError} */
  static async load(providers: string | undefined): Promise<Injection> {
    const injection = new Injection()
    if (providers !== undefined) await register(providers, await injection.#containerOf())
    return injection
  }

  /** What has to be awaited before an actor of that class can be made; undefined when nothing has to. */
  prepare({ Class }: ActorDefinition): Promise<void> | undefined {
    return takesNothing(Class) || this.#known.has(Class) ? undefined : this.#learn(Class)
  }

  /** Makes an actor of a class that was prepared. */
  instantiate({ Class }: ActorDefinition, args: unknown): Actor {
    if (this.#container === undefined || takesNothing(Class)) return new Class()
    const scope = this.#container.createChildContainer()
    // Not useValue: tsyringe takes a value that is undefined or null for no provider at all.
    scope.register(ARGS, { useFactory: () => args })
    return scope.resolve(Class as Injectable)
  }

  async #learn(Class: ActorClass): Promise<void> {
    await this.#containerOf()
    const { injectable } = await import("tsyringe")
    injectable()(Class)
    this.#known.add(Class)
  }

  async #containerOf(): Promise<DependencyContainer> {
    if (this.#container === undefined) {
      const { container } = await import("tsyringe")
      this.#container ??= container.createChildContainer()
    }
    return this.#container
  }
}

function takesNothing(Class: ActorClass): boolean {
  return Class.length === 0 && Reflect.getOwnMetadata("injectionTokens", Class) === undefined
}

async function register(providers: string, container: DependencyContainer): Promise<void> {
  const file = providers.slice(providers.lastIndexOf("/") + 1)
  let exports: { register?: unknown }
  try {
    exports = (await import(providers)) as { register?: unknown }
  } catch (error) {
    throw new ActorModuleError(file, `the module of providers cannot be loaded: ${(error as Error).message}`, error)
  }
  if (typeof exports.register !== "function") {
    throw new ActorModuleError(file, "the module of providers exports no function register(container)")
  }
  await (exports.register as RegisterProviders)(container)
}
