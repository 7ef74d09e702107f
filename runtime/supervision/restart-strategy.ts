// RestartStrategy — which children get a new life together, and when (promise S3).

import type { Strategy } from "./child-spec.js"
import type { Child } from "./child.js"

/** What a strategy needs of the group it serves. */
export interface StrategyGroup {
  /** The children that have not retired, in the order they are started. */
  inOrder(): readonly Child[]
  /** Counts a restart; false when that is one too many (promise S5). */
  admit(child: Child): boolean
  /** One restart too many was about to be made. */
  exhausted(child: Child): void
  /** A child could not be ended, so that the group cannot go on. */
  stuck(error: unknown): void
}

export interface RestartStrategy {
  /** A child's life ended by itself, and it is to get another. */
  failed(child: Child): void
  /** Ends a child's life in order and begins the next, because someone asked for it; nothing is counted. Errors as of `Child.again`. */
  restart(child: Child): Promise<void>
  /** A child has retired. */
  forget(child: Child): void
  /** No child gets another life. */
  close(): void
}

/** The children that are started again with one that failed, in start order. */
export function restartedWith(strategy: Strategy, inOrder: readonly Child[], failed: Child): readonly Child[] {
  switch (strategy) {
    case "one-for-one":
    case "dynamic":
      return [failed]
    case "one-for-all":
      return inOrder
    case "rest-for-one":
      return inOrder.slice(Math.max(0, inOrder.indexOf(failed)))
  }
}
