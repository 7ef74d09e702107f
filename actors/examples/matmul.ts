// matmul — geometric decomposition without exchange: bands of rows of C = A·B need the same rows of A and all of B.
//
//   npx troupe run matmul
//   npx troupe run matmul --placement process --size 512

import { Actor, actor, handler } from "../../runtime/index.js"
import { ranges } from "./harness/crew.js"
import type { Example } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { layOut, sharedFloats, sharedNumbers } from "./harness/shared-memory.js"
import { BLOCK, multiply, times } from "./matmul/kernel.js"

interface Problem {
  readonly n: number
  readonly a: Float64Array
  readonly b: Float64Array
}

type Rows = readonly [from: number, to: number]

@actor({ kind: "matmul-band", module: import.meta.url, description: "Multiplies bands of rows with a matrix" })
export class MatmulBand extends Actor {
  #b: Float64Array = new Float64Array()

  /** The right factor, which all bands need: sent once. */
  @handler()
  take(b: Float64Array): void {
    this.#b = b
  }

  @handler()
  multiply({ n, a }: { n: number; a: Float64Array }): Float64Array {
    const c = new Float64Array(a.length)
    multiply(n, { a, b: this.#b, c })
    return c
  }

  /** The same in shared memory: nothing but the rows is sent. */
  @handler()
  multiplyShared({ n, rows: [from, to] }: { n: number; rows: Rows }): void {
    const band = (name: string): Float64Array => sharedNumbers(name).subarray(from * n, to * n)
    multiply(n, { a: band("a"), b: sharedNumbers("b"), c: band("c") })
  }
}

export const matmul: Example<Problem, Float64Array> = {
  explanation: {
    pattern: "geometric decomposition",
    consider: [
      "partition: by rows of the result, so that no two workers ever write the same number and nobody has to wait",
      `size of chunks: bands of ${String(BLOCK)} rows, worked on in blocks of ${String(BLOCK)} × ${String(BLOCK)} that stay in the cache`,
      "exchange: none, but every worker needs all of B; by messages it is sent once to each, in shared memory not at all",
    ],
    mapping: "a band of rows to whoever is free; there are more bands than workers",
  },
  takes: ["size", "exchange"],
  size: { of: "rows and columns", usual: 1024, least: 1, most: 2048 },

  prepare({ size }) {
    const random = randomFrom(3)
    const matrix = (): Float64Array => Float64Array.from({ length: size * size }, () => random() - 0.5)
    return { n: size, a: matrix(), b: matrix() }
  },

  async sequential({ n, a, b }, pace) {
    const c = new Float64Array(n * n)
    for (const [from, to] of bandsOf(n)) {
      multiply(n, { a: a.subarray(from * n, to * n), b, c: c.subarray(from * n, to * n) })
      await pace.at(to / n)
    }
    return c
  },

  async parallel({ n, a, b }, run) {
    if (run.exchange === "shared") {
      const product = run.setUp(() => {
        const memory = { a: sharedFloats(n * n), b: sharedFloats(n * n), c: sharedFloats(n * n) }
        memory.a.set(a)
        memory.b.set(b)
        layOut({ a: memory.a.buffer, b: memory.b.buffer, c: memory.c.buffer })
        return memory.c
      })
      const crew = await run.hire(MatmulBand)
      await crew.map(bandsOf(n), (ask, rows) => ask.multiplyShared({ n, rows }))
      return product
    }
    const crew = await run.hire(MatmulBand)
    const c = new Float64Array(n * n)
    await crew.each((ask) => ask.take(b))
    await crew.map(bandsOf(n), async (ask, [from, to]) =>
      c.set(await ask.multiply({ n, a: a.slice(from * n, to * n) }), from * n),
    )
    return c
  },

  check: ({ n, a, b }, { sequential, parallel }) => [
    {
      what: "numbers that differ from the sequential version's",
      error: parallel.reduce((differing, number, at) => differing + Number(number !== sequential[at]), 0),
      within: 0,
    },
    {
      what: "Freivalds: distance of C·x from A·(B·x), by a random x",
      error: freivalds(n, { a, b, c: parallel }),
      within: 1e-9 * n,
    },
  ],
}

/** A wrong product passes by no more than chance. R. Freivalds, "Probabilistic machines can use less running time" (1977). */
function freivalds(n: number, { a, b, c }: { a: Float64Array; b: Float64Array; c: Float64Array }): number {
  const random = randomFrom(4)
  const x = Float64Array.from({ length: n }, () => random() - 0.5)
  const expected = times(a, times(b, x))
  return times(c, x).reduce((largest, number, i) => Math.max(largest, Math.abs(number - (expected[i] ?? NaN))), 0)
}

function bandsOf(n: number): readonly Rows[] {
  return ranges(n, Math.ceil(n / BLOCK))
}
