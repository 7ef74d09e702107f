// HostLoss — what is gone when an incarnation of a host is. Pure.
// A host gives each actor and host that it starts a number, and no number twice in all its incarnations; so the number alone says
// which incarnation of it a host or actor belongs to. What an incarnation started is lost with it, unless a later one has kept it.

import { type ActorId, type HostId, hostOf } from "../ids.js"

/** Local numbers for one incarnation. */
const NUMBERS = 2 ** 24

/** An incarnation of a host that is no more. */
export interface HostLoss {
  readonly host: HostId
  /** The one that is gone, with all before it. */
  readonly incarnation: number
  /** Hosts it had started that live on; all below them do too (promise S14). */
  readonly spared?: readonly HostId[] | undefined
}

/** The first number an incarnation of a host gives. */
export function firstNumber(incarnation: number): number {
  return 1 + (incarnation - 1) * NUMBERS
}

/** Whether a host below the lost one is lost as well. */
export function isHostLost({ host, incarnation, spared }: HostLoss, other: HostId): boolean {
  if (!other.startsWith(`${host}-`)) return false
  const end = other.indexOf("-", host.length + 1)
  const child = (end < 0 ? other : other.slice(0, end)) as HostId
  const number = Number.parseInt(child.slice(host.length + 2), 36)
  return number < firstNumber(incarnation + 1) && spared?.includes(child) !== true
}

/** Whether an actor is lost that is not the one its host was made for: that one may be started again. */
export function isActorLost(loss: HostLoss, id: ActorId): boolean {
  const host = hostOf(id)
  if (host !== loss.host) return isHostLost(loss, host)
  const number = Number.parseInt(id.slice(id.lastIndexOf(":") + 1), 36)
  return number > 0 && number < firstNumber(loss.incarnation + 1)
}
