// Directory — every block of a ground, those with names found by them.
// D1  A block stands in the directory once it is complete; a thread that is killed before leaves only memory that nobody uses.
// D2  A name is one block's: a new one goes into the first free place after all others were looked at.

import { NoRoomError } from "../../errors.js"
import { otherType, type Plan, samePlan } from "../kinds.js"
import { theArena } from "./arena.js"
import { Block } from "./block.js"
import { BLOCKS, type Ground } from "./ground.js"

export class Directory {
  readonly #ground: Ground
  readonly #blocks = new Map<number, Block>()
  readonly #named = new Map<string, Block>()
  /** Up to where this thread has read the table. */
  #known = 0

  private constructor(ground: Ground) {
    this.#ground = ground
  }

  static readonly #all = new WeakMap<Ground, Directory>()

  static of(ground: Ground): Directory {
    let directory = Directory.#all.get(ground)
    if (directory === undefined) Directory.#all.set(ground, (directory = new Directory(ground)))
    return directory
  }

  /** Every block there is now. */
  *all(): Generator<Block> {
    const { table } = this.#ground
    for (let n = 0; n < BLOCKS; n++) {
      const offset = Atomics.load(table, n)
      if (offset === 0) return
      yield this.#at(offset)
    }
  }

  /** The blocks that this thread has opened or seen already. */
  get seen(): Iterable<Block> {
    return [...this.#blocks.values()]
  }

  /** The block of a name, made by the plan if there is none. @throws {OtherTypeError} when it is there and is another; NoRoomError */
  open(name: string, plan: Plan): Block {
    const found = this.#lookUp(name)
    if (found !== undefined) return sameAs(plan, found)
    const offset = Block.write(this.#ground, plan, name)
    const { table } = this.#ground
    for (let n = this.#known; n < BLOCKS; n++) {
      if (Atomics.compareExchange(table, n, 0, offset) === 0) return this.#lookUp(name) ?? this.#at(offset)
      const other = this.#lookUp(name)
      if (other !== undefined) return sameAs(plan, other)
    }
    throw new NoRoomError("shared memory", `${String(BLOCKS)} primitives is the most`)
  }

  #lookUp(name: string): Block | undefined {
    const { table } = this.#ground
    for (; this.#known < BLOCKS; this.#known++) {
      const offset = Atomics.load(table, this.#known)
      if (offset === 0) break
      const block = this.#at(offset)
      this.#named.set(block.name, block)
    }
    return this.#named.get(name)
  }

  #at(offset: number): Block {
    let block = this.#blocks.get(offset)
    if (block === undefined) this.#blocks.set(offset, (block = new Block(this.#ground, offset)))
    return block
  }
}

/** Every block of this process. */
export function allBlocks(): Iterable<Block> {
  return Directory.of(theArena()).all()
}

/** The block of a name in the memory of this process. @throws {OtherTypeError} NoRoomError */
export function openBlock(name: string, plan: Plan): Block {
  return Directory.of(theArena()).open(name, plan)
}

function sameAs(plan: Plan, block: Block): Block {
  if (samePlan(block.plan, plan)) return block
  throw otherType(block.name, { wanted: plan, found: block.plan })
}
