// HaloPart — a chunk of a ring whose edges come as messages. The arithmetic and the end are those of halo-job.ts.
// A neighbour is one step ahead at most, since it needs our edge too: what comes early is kept for the next step.

import { HALO_CELLS, haloCells, type HaloResult, haloStep, sumOf } from "./halo-job.js"

export type Side = "left" | "right"

/** An edge for a neighbour. */
export interface Halo {
  /** Which run it belongs to: what a run that failed has left behind is not taken for this one's. */
  readonly run: number
  readonly step: number
  /** On which side of the one it is for. */
  readonly side: Side
  readonly edge: number
  /** The last step, once it is known; 0 before. */
  readonly last: number
}

export interface HaloStart {
  readonly run: number
  readonly member: number
  readonly members: number
}

export class HaloPart {
  readonly #start: HaloStart
  /** Sends an edge to the neighbour on that side of ours. */
  readonly #send: (to: Side, halo: Halo) => void
  readonly #early: Halo[] = []
  #cells: Int32Array
  #next: Int32Array = new Int32Array(HALO_CELLS)
  #step = 0
  #last = 0
  #until = Infinity
  #finish: ((result: HaloResult) => void) | undefined

  constructor(start: HaloStart, send: (to: Side, halo: Halo) => void) {
    this.#start = start
    this.#send = send
    this.#cells = haloCells(start.member)
  }

  /** Steps for so long, and until the others have made as many steps. */
  run(forMs: number): Promise<HaloResult> {
    const finished = new Promise<HaloResult>((resolve) => (this.#finish = resolve))
    this.#until = performance.now() + forMs
    this.#begin()
    this.#goOn()
    return finished
  }

  take(halo: Halo): void {
    if (halo.run !== this.#start.run) return
    this.#early.push(halo)
    this.#goOn()
  }

  #goOn(): void {
    while (this.#finish !== undefined) {
      const left = this.#edgeFrom("left")
      const right = this.#edgeFrom("right")
      if (left === undefined || right === undefined) return
      const used = this.#early.filter(({ step }) => step === this.#step)
      for (const { last } of used) this.#last = Math.max(this.#last, last)
      this.#early.splice(0, Infinity, ...this.#early.filter(({ step }) => step > this.#step))
      haloStep(this.#cells, this.#next, { left, right })
      ;[this.#cells, this.#next] = [this.#next, this.#cells]
      this.#step++
      if (this.#step === this.#last) {
        this.#finish({ steps: this.#step, sum: sumOf(this.#cells) })
        this.#finish = undefined
      } else this.#begin()
    }
  }

  /** Tells the neighbours what they need for this step. */
  #begin(): void {
    const { run, member, members } = this.#start
    if (member === 0 && this.#last === 0 && performance.now() >= this.#until) this.#last = this.#step + members
    if (members === 1) return
    const halo = { run, step: this.#step, last: this.#last }
    this.#send("left", { ...halo, side: "right", edge: this.#cells[0] as number })
    this.#send("right", { ...halo, side: "left", edge: this.#cells[HALO_CELLS - 1] as number })
  }

  #edgeFrom(side: Side): number | undefined {
    if (this.#start.members === 1) return this.#cells[side === "left" ? HALO_CELLS - 1 : 0]
    return this.#early.find((halo) => halo.step === this.#step && halo.side === side)?.edge
  }
}
