// OwnerWatch — a process host's look-out for the host that started it, lest it run on with nobody to own it (promise S14).
// One in an endless loop looks out for nothing; its owner's guard ends it (host/orphan-guard).
// O1  An owner that is gone is given time to come back and adopt its processes; one that is merely slow to answer is there.

import { codeOf } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import type { HostId } from "../ids.js"

const LOOK_MS = 2000
/** How long the owner may be gone: the bus says that nobody listens there. */
const GONE_MS = 20_000
/** How long it may not answer, as when the bus is away or its loop is blocked. */
const SILENT_MS = 60_000

export class OwnerWatch {
  readonly #runtime: HostRuntime
  readonly #owner: HostId
  readonly #orphaned: () => void
  readonly #timer: NodeJS.Timeout
  #goneSince: number | undefined
  #silentSince: number | undefined

  constructor(runtime: HostRuntime, owner: HostId, orphaned: () => void) {
    this.#runtime = runtime
    this.#owner = owner
    this.#orphaned = orphaned
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const now = performance.now()
    try {
      await this.#runtime.askHost(this.#owner, "ping", { timeoutMs: LOOK_MS })
      this.#goneSince = this.#silentSince = undefined
      return
    } catch (error) {
      this.#silentSince ??= now
      if (codeOf(error) === "ERR_NOT_DELIVERED") this.#goneSince ??= now
      else this.#goneSince = undefined
    }
    if (isOver(now, this.#goneSince, GONE_MS) || isOver(now, this.#silentSince, SILENT_MS)) {
      this.close()
      this.#orphaned()
    }
  }
}

function isOver(now: number, since: number | undefined, limitMs: number): boolean {
  return since !== undefined && now - since >= limitMs
}
