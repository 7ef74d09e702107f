// Directory — every block of this process, those with names found by them.
// D1  A block stands in the directory once it is complete; a thread that is killed before leaves only memory that nobody uses.
// D2  A name is one block's: a new one goes into the first free place after all others were looked at.

import { NoRoomError } from "../../errors.js"
import { otherType, type Plan, samePlan } from "../kinds.js"
import { BLOCKS, theArena } from "./arena.js"
import { Block } from "./block.js"

const blocks = new Map<number, Block>()
const named = new Map<string, Block>()
/** Up to where this thread has read the table. */
let known = 0

/** Every block there is now. */
export function* allBlocks(): Generator<Block> {
  const { table } = theArena()
  for (let n = 0; n < BLOCKS; n++) {
    const offset = Atomics.load(table, n)
    if (offset === 0) return
    yield blockAt(offset)
  }
}

/** The block of a name, made by the plan if there is none. @throws {OtherTypeError} when it is there and is another; NoRoomError */
export function openBlock(name: string, plan: Plan): Block {
  const found = lookUp(name)
  if (found !== undefined) return sameAs(plan, found)
  const offset = Block.write(plan, name)
  const { table } = theArena()
  for (let n = known; n < BLOCKS; n++) {
    if (Atomics.compareExchange(table, n, 0, offset) === 0) return lookUp(name) ?? blockAt(offset)
    const other = lookUp(name)
    if (other !== undefined) return sameAs(plan, other)
  }
  throw new NoRoomError("shared memory", `${String(BLOCKS)} primitives is the most`)
}

function lookUp(name: string): Block | undefined {
  const { table } = theArena()
  for (; known < BLOCKS; known++) {
    const offset = Atomics.load(table, known)
    if (offset === 0) break
    const block = blockAt(offset)
    named.set(block.name, block)
  }
  return named.get(name)
}

function blockAt(offset: number): Block {
  let block = blocks.get(offset)
  if (block === undefined) blocks.set(offset, (block = new Block(offset)))
  return block
}

function sameAs(plan: Plan, block: Block): Block {
  if (samePlan(block.plan, plan)) return block
  throw otherType(block.name, { wanted: plan, found: block.plan })
}
