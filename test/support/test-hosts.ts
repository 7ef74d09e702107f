// The three ways to run an actor, without supervision above them: for tests of what a host promises its supervisor.

import { type ActorClass, definitionOf } from "../../runtime/actor/definition.js"
import type { Actor } from "../../runtime/actor/actor.js"
import type { LifeEnd } from "../../runtime/actor/exit-reason.js"
import type { ActorHost, HostedActor, HostSpec } from "../../runtime/host/actor-host.js"
import { InlineHost } from "../../runtime/host/inline-host.js"
import { ProcessHost } from "../../runtime/host/process-host.js"
import { ThreadHost } from "../../runtime/host/thread-host.js"
import type { ActorRef, Placement } from "../../runtime/index.js"
import { configFor, type Program, startProgram } from "../../runtime/system/program.js"
import { PROVIDERS, type TestSystem } from "./test-system.js"

/** An actor on a host, and what its supervisor was told of its lives. */
export interface Hosted<A extends Actor> {
  readonly actor: HostedActor
  readonly ref: ActorRef<A>
  readonly ends: readonly LifeEnd[]
}

export class TestHosts {
  readonly program: Program
  readonly #hosts: Readonly<Record<Placement, ActorHost>>

  private constructor(program: Program) {
    this.program = program
    const { runtime } = program.assembly
    const settle = async (): Promise<void> => program.bus?.connection.flush(500)
    this.#hosts = {
      inline: new InlineHost(runtime),
      thread: new ThreadHost(runtime),
      process: new ProcessHost({ runtime, table: program.table, settle }),
    }
  }

  /** Another program on a test's bus. */
  static async start({ bus, prefix, stateDir }: TestSystem): Promise<TestHosts> {
    const url = new URL(bus.url)
    url.username = bus.user
    url.password = bus.password
    const options = { bus: url.href, prefix, stateDir: `${stateDir}-hosts`, providers: PROVIDERS, logLevel: "silent" } as const
    return new TestHosts(await startProgram(await configFor(options), { name: "hosts" }))
  }

  create<A extends Actor>(Class: ActorClass<A>, spec: { placement: Placement } & Partial<HostSpec>): Hosted<A> {
    const definition = definitionOf(Class)
    const mailbox = { capacity: 1000, overflow: "reject" } as const
    const ends: LifeEnd[] = []
    const host = this.#hosts[spec.placement]
    const listener = { ended: (end: LifeEnd) => void ends.push(end) }
    const actor = host.create({ name: undefined, args: undefined, mailbox, ...spec, definition }, listener)
    const parts = { id: actor.id, name: actor.id, kind: definition.kind, definition }
    return { actor, ends, ref: this.program.assembly.runtime.refTo(parts) as ActorRef<A> }
  }

  async close(): Promise<void> {
    const { bus, table, stray } = this.program
    await bus?.close()
    await table.close()
    stray.close()
  }
}
