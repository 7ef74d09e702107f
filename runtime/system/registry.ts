// Registry — which name belongs to which actor.
// A program's own host keeps the names of all its hosts, and holds them on the bus, where they are unique per prefix; a thread
// asks the host that started it.
// Y1  A name is held here before it is claimed on the bus, so that two actors of one program never race there.

import type { ActorRef } from "../actor/actor-ref.js"
import { NameTakenError } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { actorName, type HostId } from "../ids.js"
import type { NameEntry, Names } from "../supervision/child-group.js"
import { type HostLoss, isActorLost } from "../transport/host-loss.js"
import type { NatsNames } from "../transport/nats-names.js"
import type { NatsEndpoints } from "../transport/nats-endpoints.js"

export interface RegistryParts {
  readonly runtime: HostRuntime
  /** The host to ask, for a thread. */
  readonly parent: HostId | undefined
  /** The bus, for a process's own host. */
  readonly names: NatsNames | undefined
  readonly services: NatsEndpoints | undefined
}

export class Registry implements Names {
  readonly #parts: RegistryParts
  readonly #entries = new Map<string, NameEntry>()

  constructor(parts: RegistryParts) {
    this.#parts = parts
    const { agent } = parts.runtime
    agent.serve<{ name: string; entry: NameEntry }>("claim-name", ({ name, entry }) => this.claim(name, entry))
    agent.serve<{ name: string }>("release-name", ({ name }) => this.release(name))
    agent.serve<{ name: string }>("lookup-name", ({ name }) => this.entryOf(name))
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
    try {
      await names?.claim(actorName(name), entry)
      // A process serves its own subjects, so that its answers take no detour.
      if (entry.placement !== "process") await this.serve(name, entry)
    } catch (error) {
      this.#entries.delete(name)
      names?.release(name)
      void services?.stop(name)
      throw error
    }
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

  /** Makes an actor reachable for NATS clients. */
  async serve(name: string, entry: NameEntry): Promise<void> {
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
