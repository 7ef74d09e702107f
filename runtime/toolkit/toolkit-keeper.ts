// ToolkitKeeper — the actor that keeps a toolkit's primitives for users in other processes and programs.
// Owns the primitives and the list of members: one per user, told apart by an actor that ends with it.
// Z1  What a member had is taken back when its party has ended; nothing that it asked for before is done after that.
// Z2  A member shows the pass that it was given with each request. Its number may be another's later, in this life of the keeper or in the
//     next; the pass never is. So whoever was taken for dead, and goes on, is refused, and not taken for who has the number then.

import { randomInt } from "node:crypto"
import { Actor } from "../actor/actor.js"
import type { ActorRef } from "../actor/actor-ref.js"
import { AnswerError } from "../actor/answer-error.js"
import { actor, handler } from "../actor/definition.js"
import { NoRoomError, NotHeldError, type TroupeError, type WaitReport } from "../errors.js"
import { isKind, otherType, type Plan, samePlan } from "../parallel/kinds.js"
import { operation } from "../parallel/operation.js"
import { memberOf, PARTY_BITS } from "../parallel/state.js"
import { reportOn } from "../parallel/wait-graph.js"
import { Kept } from "./kept.js"
import { KEPT_BYTES, KeptData } from "./kept-data.js"
import {
  type Answer,
  type Joined,
  type Joining,
  joining,
  type NumberAdding,
  numberAdding,
  type NumberReading,
  numberReading,
  type NumberWriting,
  numberWriting,
  type Opened,
  type Opening,
  opening,
  type Reporting,
  reporting,
  type Running,
  running,
  type Settling,
  settling,
} from "./requests.js"

interface Member {
  readonly name: string
  readonly party: ActorRef
  readonly pass: number
  /** The parties it speaks for. */
  readonly parties: string[]
}

/** Owners are 32 bits: what is left of them for members. */
const MOST_MEMBERS = 2 ** (31 - PARTY_BITS)
const MOST_PARTIES = 2 ** PARTY_BITS - 1
const MOST_PASS = 2 ** 48 - 1

/** Spawn one by a name that its users know, and open it with `openToolkit`. */
@actor({ kind: "toolkit-keeper", module: import.meta.url, description: "keeps locks, queues and the like for all programs" })
export class ToolkitKeeper extends Actor {
  readonly #kept = new Map<string, Kept>()
  readonly #members = new Map<number, Member>()
  // Above that of every life before, as long as the clock is not set back.
  readonly #fenceBase = Date.now() * 1024
  #nameless = 0

  /** Makes a member that lasts as long as the party does. */
  @handler({ input: joining })
  join({ party, name }: Joining): Joined {
    let member = 1
    while (this.#members.has(member)) member++
    if (member >= MOST_MEMBERS) throw new AnswerError("ERR_NO_ROOM", `toolkit: ${String(member)} users is the most`)
    const pass = randomInt(MOST_PASS)
    this.#members.set(member, { name, party, pass, parties: [] })
    this.context.watch(party)
    return { member, pass }
  }

  @handler({ input: opening })
  open({ member, pass, name, plan, as }: Opening): Opened {
    const { parties } = this.#mustHave(member, pass)
    const { kind } = plan
    if (!isKind(kind)) throw new AnswerError("ERR_BAD_MESSAGE", `${name}: no keeper keeps the kind ${kind}`)
    const key = name === "" ? `${kind} #${String(++this.#nameless)}` : name
    this.#open(key, { ...plan, kind })
    let party = as === undefined ? 0 : parties.indexOf(as) + 1
    if (as !== undefined && party === 0) {
      if (parties.length === MOST_PARTIES) throw answerOf(new NoRoomError(key, `${String(MOST_PARTIES)} parties is the most`))
      party = parties.push(as)
    }
    return { key, pass, owner: (member << PARTY_BITS) | party }
  }

  @handler({ input: running })
  run({ key, pass, operation: asked, bytes }: Running): Answer {
    this.#mustHave(memberOf(asked.owner), pass)
    return this.#keptAs(key).run(asked, bytes)
  }

  /** What became of a ticket: at once when it is no longer waiting, else when it is, or after the time. */
  @handler({ input: settling, reentrant: true })
  async settle({ key, pass, owner, ticket, waitMs }: Settling): Promise<Answer> {
    this.#mustHave(memberOf(owner), pass)
    const kept = this.#keptAs(key)
    const check = operation("check", owner, { ticket })
    const answer = kept.run(check, undefined)
    if (answer.outcome.type !== "waiting") return answer
    await kept.woken(ticket, Math.max(0, Math.min(waitMs, 60_000)))
    return this.#members.get(memberOf(owner))?.pass === pass ? kept.run(check, undefined) : answer
  }

  @handler({ input: reporting })
  report({ key, pass, owner }: Reporting): WaitReport {
    this.#mustHave(memberOf(owner), pass)
    return reportOn({
      asker: owner,
      wants: this.#keptAs(key),
      all: this.#kept.values(),
      nameOf: (one) => {
        const { name, parties } = this.#members.get(memberOf(one)) ?? { name: "one that is gone", parties: [] }
        const party = parties[(one & ((1 << PARTY_BITS) - 1)) - 1]
        return party === undefined ? name : `${party} of ${name}`
      },
    })
  }

  /** A copy of some elements of an array. */
  @handler({ input: numberReading })
  readNumbers({ from, to, ...who }: NumberReading): Uint8Array {
    return this.#elements(who, (data) => data.read(from, to))
  }

  /** Sets elements: under the lease of the array's lock that has this ticket, or, where it is 0, without. */
  @handler({ input: numberWriting })
  writeNumbers({ at, bytes, ticket, ...who }: NumberWriting): void {
    const { key } = who
    if (ticket !== 0 && !this.#keptAs(key).isHeldBy(ticket))
      throw answerOf(new NotHeldError(key, "its lock is somebody else's now, and nothing was written"))
    this.#elements(who, (data) => (data.write(at, bytes) ? bytes : undefined))
  }

  /** Adds to an element in one step; gives what it was before. */
  @handler({ input: numberAdding })
  addNumber({ at, by, ...who }: NumberAdding): Uint8Array {
    return this.#elements(who, (data) => data.add(at, by))
  }

  override onTerminated(ref: ActorRef): void {
    for (const [member, { party }] of this.#members) {
      if (party.id !== ref.id) continue
      this.#members.delete(member)
      for (const kept of this.#kept.values()) kept.bury((owner) => memberOf(owner) === member)
    }
  }

  #open(key: string, plan: Plan): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) this.#kept.set(key, new Kept(key, plan, { fenceBase: this.#fenceBase, data: dataOf(key, plan) }))
    else if (!samePlan(kept.plan, plan)) throw answerOf(otherType(key, { wanted: plan, found: kept.plan }))
  }

  #elements({ key, owner, pass }: Opened, look: (data: KeptData) => Uint8Array | undefined): Uint8Array {
    this.#mustHave(memberOf(owner), pass)
    const { data } = this.#keptAs(key)
    const found = data === undefined ? undefined : look(data)
    if (found === undefined) throw new AnswerError("ERR_BAD_MESSAGE", `${key}: there are no such elements`)
    return found
  }

  #mustHave(member: number, pass: number): Member {
    const found = this.#members.get(member)
    if (found?.pass !== pass)
      throw answerOf(
        new NotHeldError(
          "toolkit",
          "its keeper does not know who asks: it has started anew, or has taken who asks for dead; open the toolkit anew",
        ),
      )
    return found
  }

  #keptAs(key: string): Kept {
    const kept = this.#kept.get(key)
    if (kept === undefined) throw answerOf(new NotHeldError(key, "its keeper has started anew and knows nothing of it"))
    return kept
  }
}

function dataOf(key: string, plan: Plan): KeptData | undefined {
  if (plan.kind !== "array") return undefined
  let data: KeptData | undefined
  try {
    data = KeptData.of(plan)
  } catch (error) {
    throw new AnswerError("ERR_BAD_MESSAGE", `${key}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (data === undefined) throw answerOf(new NoRoomError(key, `a keeper's array has ${String(KEPT_BYTES)} bytes at most`))
  return data
}

/** What is refused ends nobody's life. */
function answerOf({ code, message, data }: TroupeError): AnswerError {
  return new AnswerError(code, message, data)
}
