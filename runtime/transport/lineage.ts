// Lineage — what a host's id says of the way to it, taken apart once instead of for each frame.

import { type HostId, parentHost } from "../ids.js"

/** A process host: it is on the bus itself. */
const PROCESS = /-p[0-9a-z]+$/

export class Lineage {
  readonly parent: HostId | undefined
  /** The host, started by `self`, that it is or lives below; undefined when it is elsewhere. */
  readonly child: HostId | undefined
  /** Itself, and those that started it as long as they may lead to it, the nearest first. */
  readonly steps: readonly HostId[]
  /** Whether it may be reached as every host is that is not below this one. */
  readonly mayFallBack: boolean

  constructor(host: HostId, self: HostId) {
    this.parent = parentHost(host)
    const steps: HostId[] = []
    let mayFallBack = true
    for (let at: HostId | undefined = host; at !== undefined; at = parentHost(at)) {
      steps.push(at)
      if (PROCESS.test(at)) break
      if (at === self) {
        mayFallBack = false
        break
      }
    }
    this.steps = steps
    this.mayFallBack = mayFallBack
    let child: HostId | undefined
    for (let at: HostId | undefined = host; at !== undefined && child === undefined; at = parentHost(at))
      if (parentHost(at) === self) child = at
    this.child = child
  }
}
