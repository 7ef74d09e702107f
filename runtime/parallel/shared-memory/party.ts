// Party — one incarnation of an actor as a user of a ground. What it holds is its own, not its thread's: it comes back when it ends, while
// the thread lives on (promise P4).
// Owns its numbers, one for each name it speaks by, and which blocks they are in.
// P1  Once it has ended nothing is done for it any more, and none of its numbers stands in any block.

import { NotHeldError } from "../../errors.js"
import type { Block } from "./block.js"
import { usedIn } from "./burial.js"
import type { Ground } from "./ground.js"

const NOBODY: ReadonlySet<number> = new Set()

export class Party {
  readonly #ground: Ground
  readonly #name: string
  readonly #owners = new Map<string, number>()
  readonly #blocks = new Set<Block>()
  #hasEnded = false

  constructor(ground: Ground, name: string) {
    this.#ground = ground
    this.#name = name
  }

  /** Its number, by the name it speaks by. */
  owner(as: string | undefined): number {
    const name = as ?? this.#name
    let owner = this.#owners.get(name)
    if (owner === undefined) this.#owners.set(name, (owner = this.#ground.addParty(name)))
    return owner
  }

  /** It is going to use this one. @throws {NotHeldError} once it has ended */
  uses(block: Block): void {
    this.mustLive(block.name)
    this.#blocks.add(block)
  }

  /** @throws {NotHeldError} once it has ended */
  mustLive(name: string): void {
    if (this.#hasEnded) throw new NotHeldError(name, "the incarnation of the actor that opened it has ended")
  }

  /** Takes back what it has. Idempotent. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const owners = new Set(this.#owners.values())
    for (const block of this.#blocks) {
      block.bury((owner) => owners.has(owner))
      block.slots?.recover(NOBODY, () => usedIn(block))
    }
    for (const owner of owners) this.#ground.removeParty(owner)
  }
}
