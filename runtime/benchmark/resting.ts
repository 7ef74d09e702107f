// What is known of a node at rest.

/** So many thread actors it has, and so many process actors. */
export const RESTING_ACTORS = 4

/** The processes of a node at rest. */
export interface Resting {
  readonly server: number
  readonly node: number
  readonly hosts: readonly number[]
}
