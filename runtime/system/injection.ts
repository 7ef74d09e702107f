// How actors are made: by tsyringe, from the container of their host.

import "reflect-metadata"
import { container as root, type DependencyContainer } from "tsyringe"
import type { Actor } from "../actor/actor.js"
import type { ActorDefinition } from "../actor/definition.js"
import { ActorModuleError } from "../errors.js"

/** Injects what spawn was given as `args`. */
export const ARGS: unique symbol = Symbol.for("troupe.ARGS")

/** A module that registers providers exports this function. It is called once in every host, before any actor is made. */
export type RegisterProviders = (container: DependencyContainer) => void | Promise<void>

/** A container of a host's own, with the project's providers in it. @throws {ActorModuleError} */
export async function hostContainer(providers: string | undefined): Promise<DependencyContainer> {
  const container = root.createChildContainer()
  if (providers === undefined) return container
  const file = providers.slice(providers.lastIndexOf("/") + 1)
  let exports: { register?: unknown }
  try {
    exports = (await import(providers)) as { register?: unknown }
  } catch (error) {
    throw new ActorModuleError(file, `the module of providers cannot be loaded: ${(error as Error).message}`, error)
  }
  if (typeof exports.register !== "function")
    throw new ActorModuleError(file, "the module of providers exports no function register(container)")
  await (exports.register as RegisterProviders)(container)
  return container
}

/** Makes an actor; a class whose constructor takes nothing needs no container. */
export function instantiate(container: DependencyContainer, definition: ActorDefinition, args: unknown): Actor {
  const { Class } = definition
  if (Class.length === 0) return new Class()
  const scope = container.createChildContainer()
  scope.register(ARGS, { useValue: args })
  return scope.resolve<Actor>(Class as new (...injected: unknown[]) => Actor)
}
