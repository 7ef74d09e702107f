// The workers of `heat`. One that sees the whole rod in shared memory is told from where to where; one that has its own part exchanges
// halos with its neighbours, and nobody else ever sees the rod while it runs.

import { Actor, actor, type ActorRef, handler } from "../../../runtime/index.js"
import { sharedNumbers } from "../harness/shared-memory.js"
import { advance } from "./kernel.js"

export interface SharedChunk {
  readonly from: "a" | "b"
  readonly into: "a" | "b"
  readonly span: readonly [from: number, to: number]
  readonly steps: number
}

@actor({ kind: "heat-shared-chunk", module: import.meta.url, description: "Diffuses heat in a part of a rod in shared memory" })
export class HeatSharedChunk extends Actor {
  @handler()
  advance({ from, into, span: [begin, end], steps }: SharedChunk): void {
    const rod = sharedNumbers(from)
    const low = Math.max(0, begin - steps)
    const high = Math.min(rod.length, end + steps)
    const cells = rod.slice(low, high)
    const ends = { left: low === 0, right: high === rod.length }
    const result = advance({ cells, ends }, steps, new Float64Array(cells.length))
    sharedNumbers(into).set(result.subarray(begin - low, end - low), begin)
  }
}

/** Cells that a neighbour needs for the round of that number. */
interface Halo {
  readonly round: number
  readonly side: "left" | "right"
  readonly cells: Float64Array
}

export interface OwnChunk {
  readonly cells: Float64Array
  readonly left?: ActorRef<HeatOwnChunk>
  readonly right?: ActorRef<HeatOwnChunk>
  /** How many steps each round has; the halo is as wide. */
  readonly rounds: readonly number[]
}

/**
 * Owns a part of the rod.
 * A round begins when the halos of both neighbours are there, in whatever order they came. A neighbour is at most one round ahead, because
 * it needs our halo too, so what comes early is kept for the next round.
 */
@actor({ kind: "heat-own-chunk", module: import.meta.url, description: "Diffuses heat in a part of a rod and exchanges halos" })
export class HeatOwnChunk extends Actor {
  #chunk: OwnChunk | undefined
  #cells: Float64Array = new Float64Array()
  #round = 0
  readonly #halos: Halo[] = []
  #finish: ((cells: Float64Array) => void) | undefined

  /** Every worker has its part before any begins, so that no halo comes to one that has none. */
  @handler()
  take(chunk: OwnChunk): void {
    this.#chunk = chunk
    this.#cells = chunk.cells
  }

  /** Answers with the cells when all rounds are done; halos come in meanwhile. */
  @handler({ reentrant: true })
  diffuse(): Promise<Float64Array> {
    const finished = new Promise<Float64Array>((resolve) => (this.#finish = resolve))
    this.#sendHalos()
    this.#goOn()
    return finished
  }

  @handler()
  halo(halo: Halo): void {
    this.#halos.push(halo)
    this.#goOn()
  }

  #goOn(): void {
    for (;;) {
      const steps = this.#chunk?.rounds[this.#round]
      // A halo may come before this one was told to begin: it has not sent its own then.
      if (this.#finish === undefined || this.#chunk === undefined) return
      if (steps === undefined) {
        this.#finish(this.#cells)
        return
      }
      const left = this.#chunk.left === undefined ? undefined : this.#haloFrom("left")
      const right = this.#chunk.right === undefined ? undefined : this.#haloFrom("right")
      if ((this.#chunk.left !== undefined && left === undefined) || (this.#chunk.right !== undefined && right === undefined))
        return
      this.#advance(steps, { left, right })
      this.#halos.splice(0, Infinity, ...this.#halos.filter(({ round }) => round > this.#round))
      this.#round++
      this.#sendHalos()
    }
  }

  #haloFrom(side: Halo["side"]): Float64Array | undefined {
    return this.#halos.find((halo) => halo.round === this.#round && halo.side === side)?.cells
  }

  #advance(steps: number, halos: { readonly left: Float64Array | undefined; readonly right: Float64Array | undefined }): void {
    const { left = new Float64Array(), right = new Float64Array() } = halos
    const own = this.#cells.length
    const cells = new Float64Array(left.length + own + right.length)
    cells.set(left)
    cells.set(this.#cells, left.length)
    cells.set(right, left.length + own)
    const ends = { left: halos.left === undefined, right: halos.right === undefined }
    const result = advance({ cells, ends }, steps, new Float64Array(cells.length))
    this.#cells = result.slice(left.length, left.length + own)
  }

  /** Our cells at either side are the neighbour's halo at its other side. */
  #sendHalos(): void {
    const steps = this.#chunk?.rounds[this.#round]
    if (steps === undefined) return
    this.#chunk?.left?.tell.halo({ round: this.#round, side: "right", cells: this.#cells.slice(0, steps) })
    this.#chunk?.right?.tell.halo({ round: this.#round, side: "left", cells: this.#cells.slice(-steps) })
  }
}
