// PoolCrew — the workers of a pool, below a supervisor of their own.
// Owns their lives and their marks. Which worker does what is the pool's business.
// C1  A worker that was dismissed is verified to be gone, with all that it had started.
// C2  Nothing of a crew is left when its supervisor has ended, neither of a worker that was being hired then.

import { tmpdir } from "node:os"
import { ActorContext } from "../actor/actor-context.js"
import type { ActorRef } from "../actor/actor-ref.js"
import type { Placement } from "../actor/surroundings.js"
import { codeOf, PoolClosedError, UnavailableError } from "../errors.js"
import type { ChildGroup } from "../supervision/child-group.js"
import { supervisorSpec } from "../supervision/child-spec.js"
import { Supervisor } from "../supervision/supervisor.js"
import type { ActorSystem } from "../system/actor-system.js"
import { PoolWorker } from "./pool-worker.js"
import { type Mark, TaskMark } from "./task-mark.js"

/** Who may have a pool: a program, or an actor by its context. */
export type PoolOwner = ActorSystem | ActorContext

/** One worker. */
export interface CrewMember {
  readonly id: string
  readonly ref: ActorRef<PoolWorker>
  readonly mark: TaskMark
  /** How many tasks it was given. */
  tasks: number
}

/** A supervisor answers at once, except while a worker takes its time to start or to end. */
const PATIENCE_MS = 60_000

export class PoolCrew {
  readonly #owner: PoolOwner
  readonly #supervisor: ActorRef<Supervisor>
  readonly #members = new Set<CrewMember>()
  #next = 0
  #isEnding = false

  private constructor(owner: PoolOwner, supervisor: ActorRef<Supervisor>) {
    this.#owner = owner
    this.#supervisor = supervisor
  }

  /** Starts the supervisor. Errors as of `spawn`. */
  static async start(owner: PoolOwner, worker: { placement: Placement; memoryMb: number | undefined }): Promise<PoolCrew> {
    const { placement, memoryMb } = worker
    const supervisor = await owner.spawn(Supervisor, {
      restart: "temporary",
      // As in Python: a pool that nobody waits for does not keep the program alive.
      ...(owner instanceof ActorContext ? {} : { daemon: true }),
      args: supervisorSpec({
        strategy: "dynamic",
        template: {
          actor: PoolWorker,
          placement,
          restart: "temporary",
          shutdown: "kill",
          ...(memoryMb === undefined ? {} : { memoryMb }),
        },
      }),
    })
    return new PoolCrew(owner, supervisor)
  }

  get refs(): readonly ActorRef<PoolWorker>[] {
    return [...this.#members].map(({ ref }) => ref)
  }

  /**
   * Starts a worker; resolves when it is ready.
   * @throws {PoolClosedError} when the crew ends meanwhile, UnavailableError when there is no place for its mark, and as `spawn` does
   */
  async hire(): Promise<CrewMember> {
    const id = `worker-${String(this.#next++)}`
    const mark = newMark()
    try {
      const ref = await this.#ask.startChild({ id, args: { mark: mark.path } })
      // It ends with the others, and nobody would close its mark.
      if (this.#isEnding) throw new PoolClosedError("its workers are being ended")
      mark.hide()
      const member: CrewMember = { id, ref: ref as unknown as ActorRef<PoolWorker>, mark, tasks: 0 }
      this.#members.add(member)
      return member
    } catch (error) {
      mark.close()
      throw error
    }
  }

  /** Ends a worker at once; resolves when it is gone, with the task it was at. Never rejects. */
  async dismiss(member: CrewMember): Promise<Mark | undefined> {
    if (!this.#members.delete(member)) return undefined
    // One that has ended by itself is known no more.
    await this.#ask.stopChild({ id: member.id }).catch(() => undefined)
    const mark = member.mark.read()
    member.mark.close()
    return mark
  }

  /** Ends all of them, and their supervisor. */
  async end(): Promise<void> {
    this.#isEnding = true
    const members = [...this.#members]
    this.#members.clear()
    try {
      if (!(await this.#supervisor.isAlive().catch(() => false))) return
      if (this.#owner instanceof ActorContext)
        await ActorContext.familyOf<ChildGroup>(this.#owner).end(this.#supervisor.id, "stop")
      else await this.#owner.stop(this.#supervisor)
    } finally {
      for (const { mark } of members) mark.close()
    }
  }

  get #ask(): ActorRef<Supervisor>["ask"] {
    return this.#supervisor.with({ timeoutMs: PATIENCE_MS }).ask
  }
}

function newMark(): TaskMark {
  try {
    return new TaskMark()
  } catch (error) {
    const why = `no file can be made in ${tmpdir()} (${String(codeOf(error))})`
    throw new UnavailableError("a pool", why, "see that TMPDIR names a directory with room")
  }
}
