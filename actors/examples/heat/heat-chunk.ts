// The workers of `heat`. One that sees the whole rod in shared memory waits for the others at a barrier between two rounds; one that has
// its own part exchanges halos with its neighbours, and nobody else ever sees the rod while it runs.

import { Actor, actor, type ActorRef, handler } from "../../../runtime/index.js"
import { type Chunk, type Halo, HaloExchange } from "../../../runtime/toolkit.js"
import { type Memory, sharedFloats, toolkitOf } from "../harness/shared-floats.js"
import { advance } from "./kernel.js"

/** How many rounds are done is published here. */
export const HEAT_TOPIC = "heat.round"

export interface SharedRod {
  readonly memory: Memory
  readonly length: number
  /** All of them, with halos. */
  readonly chunks: readonly Chunk[]
  readonly rank: number
  /** How many steps each round has; no more than the halo is wide. */
  readonly rounds: readonly number[]
}

@actor({ kind: "heat-shared-chunk", module: import.meta.url, description: "Diffuses heat in a part of a rod in shared memory" })
export class HeatSharedChunk extends Actor {
  @handler()
  async diffuse({ memory, length, chunks, rank, rounds }: SharedRod): Promise<void> {
    const { signal } = this.context
    const toolkit = await toolkitOf(memory)
    const barrier = await toolkit.barrier(`${memory.name}-round`, chunks.length, { as: this.context.name })
    let [now, next] = [await sharedFloats(memory, "a", length), await sharedFloats(memory, "b", length)]
    const { from = 0, to = 0, low = 0, high = 0 } = chunks[rank] ?? {}
    const ends = { left: low === 0, right: high === length }
    const spare = new Float64Array(high - low)
    for (const [round, steps] of rounds.entries()) {
      const result = advance({ cells: now.slice(low, high), ends }, steps, spare)
      next.set(result.subarray(from - low, to - low), from)
      await barrier.wait({ signal })
      ;[now, next] = [next, now]
      if (rank === 0) this.context.publish(HEAT_TOPIC, round + 1)
    }
  }
}

export interface OwnChunk {
  readonly cells: Float64Array
  readonly left?: ActorRef<HeatOwnChunk>
  readonly right?: ActorRef<HeatOwnChunk>
  /** How many steps each round has; the halo is as wide. */
  readonly rounds: readonly number[]
}

@actor({ kind: "heat-own-chunk", module: import.meta.url, description: "Diffuses heat in a part of a rod and exchanges halos" })
export class HeatOwnChunk extends Actor {
  #chunk: OwnChunk = { cells: new Float64Array(), rounds: [] }
  #halos = new HaloExchange<Float64Array>([])

  /** Every worker has its part before any begins, so that no halo comes to one that has none. */
  @handler()
  take(chunk: OwnChunk): void {
    this.#chunk = chunk
    this.#halos = new HaloExchange((["left", "right"] as const).filter((side) => chunk[side] !== undefined))
  }

  @handler()
  halo(halo: Halo<Float64Array>): void {
    this.#halos.put(halo)
  }

  /** Answers with the cells when all rounds are done; halos come in meanwhile. */
  @handler({ reentrant: true })
  async diffuse(): Promise<Float64Array> {
    const { signal } = this.context
    const { left: leftOne, right: rightOne, rounds } = this.#chunk
    let { cells } = this.#chunk
    for (const [round, steps] of rounds.entries()) {
      // Our cells at either side are the neighbour's halo at its other side.
      leftOne?.tell.halo({ side: "right", round, cells: cells.slice(0, steps) })
      rightOne?.tell.halo({ side: "left", round, cells: cells.slice(-steps) })
      const { left, right } = await this.#halos.take(round, { signal })
      cells = advanced(cells, steps, { left, right })
      if (leftOne === undefined) this.context.publish(HEAT_TOPIC, round + 1)
    }
    return cells
  }
}

interface Halos {
  readonly left: Float64Array | undefined
  readonly right: Float64Array | undefined
}

/** Some steps of a part, given the cells beside it; where there are none, the rod ends. */
function advanced(own: Float64Array, steps: number, { left, right }: Halos): Float64Array {
  const before = left?.length ?? 0
  const cells = new Float64Array(before + own.length + (right?.length ?? 0))
  cells.set(left ?? [])
  cells.set(own, before)
  cells.set(right ?? [], before + own.length)
  const ends = { left: left === undefined, right: right === undefined }
  const result = advance({ cells, ends }, steps, new Float64Array(cells.length))
  return result.slice(before, before + own.length)
}
