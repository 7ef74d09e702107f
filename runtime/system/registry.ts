// Registry — which name belongs to which actor.
// A program's own host keeps the names of all its hosts, and holds them on the bus, where they are unique per prefix; a thread
// asks the host that started it.
// Y1  A name is held here before it is claimed on the bus, so that two actors of one program never race there.
// Y2  A name that is released while it is being claimed stays free.

import type { ActorRef } from "../actor/actor-ref.js"
import { NameTakenError, NoActorError } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { actorName, type HostId, parseActorId } from "../ids.js"
import type { NameEntry, Names } from "../supervision/child-group.js"
import { type HostLoss, isActorLost } from "../transport/host-loss.js"
import type { NatsNames } from "../transport/nats-names.js"
import type { NatsEndpoints } from "../transport/nats-endpoints.js"
import { listOf, made, oneOf, record, type Shape, text } from "../wire/shape.js"

export interface RegistryParts {
  readonly runtime: HostRuntime
  /** The host to ask, for a thread. */
  readonly parent: HostId | undefined
  /** The bus, for a process's own host. */
  readonly names: NatsNames | undefined
  readonly services: NatsEndpoints | undefined
}

const entryShape: Shape<NameEntry> = record({
  id: made(parseActorId),
  kind: text,
  placement: oneOf("inline", "thread", "process"),
  handlers: listOf(text),
})

export class Registry implements Names {
  readonly #parts: RegistryParts
  readonly #entries = new Map<string, NameEntry>()

  constructor(parts: RegistryParts) {
    this.#parts = parts
    const { agent } = parts.runtime
    const name = made(actorName)
    agent.serve("claim-name", record({ name, entry: entryShape }), (claim) => this.claim(claim.name, claim.entry))
    agent.serve("release-name", record({ name }), (held) => this.release(held.name))
    agent.serve("lookup-name", record({ name }), (wanted) => this.entryOf(wanted.name))
  }

  async claim(name: string, entry: NameEntry): Promise<void> {
    const { parent, runtime, names, services } = this.#parts
    actorName(name)
    if (parent !== undefined) {
      await runtime.askHost(parent, "claim-name", { input: { name, entry } })
      return
    }
    const holder = this.#entries.get(name)
    if (holder !== undefined) throw new NameTakenError(name, `${holder.kind} ${holder.id} of this program`)
    this.#entries.set(name, entry)
    const isWanted = (): boolean => this.#entries.get(name) === entry
    try {
      await names?.claim(actorName(name), entry, isWanted)
      if (isWanted()) await this.#serve(name, entry)
    } catch (error) {
      if (isWanted()) this.release(name)
      throw error
    }
    if (isWanted()) return
    if (!this.#entries.has(name)) void services?.stop(name)
    throw new NoActorError(name, "its host ended while its name was claimed")
  }

  release(name: string): void {
    const { parent, runtime, names, services } = this.#parts
    if (parent !== undefined) {
      runtime.tellHost(parent, "release-name", { name })
      return
    }
    if (!this.#entries.delete(name)) return
    names?.release(name)
    void services?.stop(name)
  }

  /** What is known of a name, here or on the bus. */
  async entryOf(name: string): Promise<NameEntry | undefined> {
    const { parent, runtime, names } = this.#parts
    if (parent !== undefined) return (await runtime.askHost(parent, "lookup-name", { input: { name } })) as NameEntry | undefined
    return this.#entries.get(name) ?? ((await names?.lookup(actorName(name))) as NameEntry | undefined)
  }

  async lookup(name: string): Promise<ActorRef | undefined> {
    const entry = await this.entryOf(name)
    return entry === undefined ? undefined : this.#parts.runtime.refTo({ id: entry.id, name, kind: entry.kind })
  }

  /** Makes an actor reachable for NATS clients, wherever it runs and whether it runs just now. */
  async #serve(name: string, entry: NameEntry): Promise<void> {
    const { services, runtime } = this.#parts
    if (services === undefined) return
    const ref = runtime.refTo({ id: entry.id, name, kind: entry.kind })
    await services.serve({ ...entry, name, target: runtime.targetOf(ref) })
  }

  /** Frees the names of actors that were lost with a host; the host's own actor keeps its, for it may be started again. */
  hostDown(loss: HostLoss): void {
    for (const [name, { id }] of this.#entries) if (isActorLost(loss, id)) this.release(name)
  }
}
