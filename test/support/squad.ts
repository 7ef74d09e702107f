// A supervisor with recruits, and the journal of what happened to them.

import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type ActorRef,
  type ActorSystem,
  type ChildInput,
  type ChildRow,
  type ExitReason,
  type Placement,
  Supervisor,
  type SupervisorInput,
  supervisorSpec,
} from "../../runtime/index.js"
import { type Orders, Recruit } from "../fixtures/recruit.js"
import { eventually } from "./eventually.js"
import { terminationOf } from "./outcome.js"

let count = 0

/** A recruit's spec without what the squad adds. */
export type RecruitInput = Omit<Extract<ChildInput, { actor: unknown }>, "actor" | "args" | "name" | "placement"> &
  Orders & {
    readonly placement?: Placement
  }

export interface SquadOptions extends Omit<SupervisorInput, "children"> {
  readonly placement?: Placement
  /** Where the children run, one after another in turn. */
  readonly childPlacements: readonly Placement[]
  readonly children: readonly RecruitInput[]
}

/** One supervisor under the root; its children are named after it. */
export class Squad {
  readonly name = `squad${String(++count)}`
  /** What happened, as `<id> <event>`. */
  readonly journal: string[] = []
  ref!: ActorRef<Supervisor>
  ended!: Promise<ExitReason>
  readonly #system: ActorSystem

  constructor(system: ActorSystem) {
    this.#system = system
    system.subscribe("actor.*.*", (topic) => {
      const [, name = "", event = ""] = topic.split(".")
      const [squad, id] = name.split("_")
      if (squad === this.name && id !== undefined) this.journal.push(`${id} ${event}`)
    })
  }

  /** Starts it. Errors as of `system.spawn`. */
  async start({ placement = "inline", childPlacements, children, ...spec }: SquadOptions): Promise<this> {
    const inputs = children.map(({ failsWhile, readyAfterMs, stopsAfterMs, ...child }, index): ChildInput => {
      const place = childPlacements[index % childPlacements.length] ?? "inline"
      const args = { failsWhile, readyAfterMs, stopsAfterMs } as Orders
      return { placement: place, ...child, actor: Recruit, name: this.nameOf(child.id), args }
    })
    this.ref = await this.#system.spawn(Supervisor, {
      name: this.name,
      placement,
      restart: "temporary",
      args: supervisorSpec({ ...spec, children: inputs }),
    })
    this.ended = terminationOf(this.#system, this.ref)
    return this
  }

  nameOf(id: string): string {
    return `${this.name}_${id}`
  }

  async rows(): Promise<readonly ChildRow[]> {
    return this.ref.ask.listChildren()
  }

  async row(id: string): Promise<ChildRow> {
    const row = (await this.rows()).find((one) => one.id === id)
    if (row === undefined) throw new Error(`${this.name} has no child ${id}`)
    return row
  }

  /** The ref of a child that has been started. */
  async child(id: string): Promise<ActorRef<Recruit>> {
    const { ref } = await this.row(id)
    if (ref === undefined) throw new Error(`${id} does not run`)
    return ref as unknown as ActorRef<Recruit>
  }

  async crash(id: string): Promise<void> {
    await (await this.child(id)).ask.crash().catch(() => undefined)
  }

  /** Resolves when the journal, from `from` on, is what is expected; the test fails with what it is instead. */
  async wrote(expected: readonly string[], from = 0): Promise<void> {
    await eventually(() => this.journal.length >= from + expected.length, {
      timeoutMs: 15_000,
      what: `[${expected.join(", ")}] in [${this.journal.slice(from).join(", ")}]`,
    }).catch(() => undefined)
    const seen = this.journal.slice(from, from + expected.length)
    if (seen.join() !== expected.join())
      throw new Error(`expected [${expected.join(", ")}], got [${this.journal.slice(from).join(", ")}]`)
  }

  /** Resolves when every child that is listed runs. */
  async allRun(): Promise<void> {
    await eventually(async () => (await this.rows()).every(({ status }) => status === "running"), {
      timeoutMs: 15_000,
      what: "all children running",
    })
  }

  /** Resolves when a child has been started again so many times, and all run. */
  async restarted(id: string, times: number): Promise<void> {
    await eventually(async () => (await this.row(id)).restarts === times, {
      timeoutMs: 15_000,
      what: `${id} started again ${String(times)} times`,
    })
    await this.allRun()
  }

  async restartsOf(): Promise<Record<string, number>> {
    return Object.fromEntries((await this.rows()).map(({ id, restarts }) => [id, restarts]))
  }
}

/** A file whose presence makes recruits fail to start. */
export class FailSwitch {
  readonly path: string

  constructor(dir: string) {
    this.path = join(dir, `fail-${String(++count)}`)
  }

  on(): void {
    writeFileSync(this.path, "")
  }

  off(): void {
    rmSync(this.path, { force: true })
  }
}
