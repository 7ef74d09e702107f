// Branded strings and numbers: values that look alike but must not be mixed. One maker each, which validates.

import { BadNameError, BadOptionError } from "./errors.js"

declare const BRAND: unique symbol
type Brand<T, B extends string> = T & { readonly [BRAND]: B }

/** A name that people give to an actor, at most 64 characters: `[A-Za-z][A-Za-z0-9_-]*`. */
export type ActorName = Brand<string, "ActorName">
/** Names one execution unit for as long as it exists, restarts included; a child host's id starts with its parent's. */
export type HostId = Brand<string, "HostId">
/** Names one actor for as long as it exists, restarts included: `<hostId>:<n>`; n is 0 for the actor a host was made for. */
export type ActorId = Brand<string, "ActorId">
/** A NATS subject without wildcards. */
export type Subject = Brand<string, "Subject">
/** The first token of every subject of one system. */
export type Prefix = Brand<string, "Prefix">
/** A span of time in milliseconds. */
export type Millis = Brand<number, "Millis">

export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const HOST_PATTERN = /^[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*$/

/** @throws {BadNameError} when the text is not a name. */
export function actorName(text: unknown, what = "actor name"): ActorName {
  if (typeof text !== "string" || !NAME_PATTERN.test(text)) throw new BadNameError(what, text)
  return text as ActorName
}

/** @throws {BadNameError} when the text cannot be the first token of a subject. */
export function prefix(text: unknown): Prefix {
  if (typeof text !== "string" || !NAME_PATTERN.test(text)) throw new BadNameError("prefix", text)
  return text as Prefix
}

/** @throws {BadNameError} when the text is not a host id. */
export function hostId(text: unknown): HostId {
  if (typeof text !== "string" || text.length > 200 || !HOST_PATTERN.test(text)) throw new BadNameError("host id", text)
  return text as HostId
}

/** The id of the `n`th actor of a host. */
export function actorId(host: HostId, n: number): ActorId {
  return `${host}:${n.toString(36)}` as ActorId
}

/** @throws {BadNameError} when the text is not an actor id. */
export function parseActorId(text: unknown): ActorId {
  if (typeof text !== "string") throw new BadNameError("actor id", text)
  const colon = text.lastIndexOf(":")
  if (colon < 1 || !/^[0-9a-z]{1,11}$/.test(text.slice(colon + 1))) throw new BadNameError("actor id", text)
  hostId(text.slice(0, colon))
  return text as ActorId
}

/** The host an actor lives in. */
export function hostOf(actor: ActorId): HostId {
  return actor.slice(0, actor.lastIndexOf(":")) as HostId
}

/** Whether this is the actor its host was made for, so that the host lives and dies with it. */
export function isHostRoot(actor: ActorId): boolean {
  return actor.endsWith(":0")
}

/** The host that started this one, or undefined for a program's own. */
export function parentHost(host: HostId): HostId | undefined {
  const dash = host.lastIndexOf("-")
  return dash < 0 ? undefined : (host.slice(0, dash) as HostId)
}

/** The host of the process that a host lives in: threads are reached through theirs. */
export function processOf(host: HostId): HostId {
  return host.replace(/(?:-t[0-9a-z]+)+$/, "") as HostId
}

/** Whether a host is that one, or was started by it or below it. */
export function isWithin(host: HostId, outer: HostId): boolean {
  return host === outer || (host.startsWith(outer) && host.charAt(outer.length) === "-")
}

/** @throws {BadOptionError} unless it is a finite number of milliseconds, zero or more. */
export function millis(value: unknown, option = "duration"): Millis {
  if (typeof value !== "number" || !(value >= 0) || value === Infinity) {
    throw new BadOptionError(option, "a finite number of milliseconds, 0 or more", value)
  }
  return value as Millis
}
