// matmul — geometric decomposition without exchange: bands of rows of C = A·B need the same rows of A and all of B. By messages blocks
// are cheaper than bands, since each needs a band of A and one of B only.
//
//   npx troupe run matmul
//   npx troupe run matmul --placement process --size 512

import { task } from "../../runtime/index.js"
import { type Chunk, partition } from "../../runtime/toolkit.js"
import type { Example, Run } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { type Memory, sharedFloats } from "./harness/shared-floats.js"
import { BLOCK, multiply, type Shape, times } from "./matmul/kernel.js"

interface Problem {
  readonly n: number
  readonly a: Float64Array
  readonly b: Float64Array
}

/** Some rows. */
type Band = Pick<Chunk, "from" | "to">

const BLOCKS_BY_WORKER = 4

/** A task: some rows of the product, all in shared memory. */
export const multiplyShared = task(import.meta.url, async (memory: Memory, n: number, { from, to }: Band) => {
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => sharedFloats(memory, name, n * n)))
  if (a === undefined || b === undefined || c === undefined) return
  multiply({ inner: n, columns: n }, { a: a.subarray(from * n, to * n), b, c: c.subarray(from * n, to * n) })
})

/** A task: a block of the product, from some rows of the left factor and some columns of the right one. */
export const multiplySent = task(import.meta.url, (shape: Shape, a: Float64Array, b: Float64Array) => {
  const c = new Float64Array((a.length / shape.inner) * shape.columns)
  multiply(shape, { a, b, c })
  return c
})

export const matmul: Example<Problem, Float64Array> = {
  explanation: {
    pattern: "geometric decomposition",
    consider: [
      "partition: each number of the result belongs to one worker, so that no two ever write the same and nobody has to wait",
      `size of chunks: bands of ${String(BLOCK)} rows, worked on in blocks of ${String(BLOCK)} × ${String(BLOCK)} that stay in the cache`,
      "exchange: none, but a band of rows needs all of B; by messages q × q blocks need q times both factors, where q bands would need q times B and more the finer they are",
    ],
    mapping: "in shared memory a band of rows, by messages a block, to whoever is free; there are more of them than workers",
  },
  takes: ["size", "exchange"],
  size: { of: "rows and columns", usual: 1024, least: 1, most: 2048 },
  warmUpSize: 160,

  prepare({ size }) {
    const random = randomFrom(3)
    const matrix = (): Float64Array => Float64Array.from({ length: size * size }, () => random() - 0.5)
    return { n: size, a: matrix(), b: matrix() }
  },

  async sequential({ n, a, b }, pace, { setUp }) {
    const c = await setUp(() => new Float64Array(n * n).fill(0))
    for (const { from, to } of bandsOf(n)) {
      multiply({ inner: n, columns: n }, { a: a.subarray(from * n, to * n), b, c: c.subarray(from * n, to * n) })
      await pace.at(to / n)
    }
    return c
  },

  parallel: (problem, run) => (run.exchange === "shared" ? inSharedMemory(problem, run) : byMessages(problem, run)),

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

async function inSharedMemory({ n, a, b }: Problem, run: Run): Promise<Float64Array> {
  const { memory, pace, setUp } = run
  const c = await setUp(async () => {
    for (const [name, numbers] of [["a", a], ["b", b]] as const) (await sharedFloats(memory, name, n * n)).set(numbers) // prettier-ignore
    // The product is added to what is there, and warming up has been there.
    return (await sharedFloats(memory, "c", n * n)).fill(0)
  })
  const pool = await run.pool()
  await pool.starmap(multiplyShared, bandsOf(n).map((band) => [memory, n, band] as const), { signal: pace.signal }) // prettier-ignore
  return c
}

async function byMessages({ n, a, b }: Problem, run: Run): Promise<Float64Array> {
  const pool = await run.pool()
  const bands = partition(n, Math.min(n, Math.ceil(Math.sqrt(run.workers * BLOCKS_BY_WORKER))))
  const blocks = bands.flatMap((rows) => bands.map((columns) => ({ rows, columns })))
  const columnsOfB = bands.map((columns) => cutOut(b, n, columns))
  const calls = blocks.map(({ rows, columns }) => {
    const shape = { inner: n, columns: columns.to - columns.from }
    return [shape, a.subarray(rows.from * n, rows.to * n), columnsOfB[columns.rank] ?? b] as const
  })
  const products = await pool.starmap(multiplySent, calls, { signal: run.pace.signal })
  const c = new Float64Array(n * n)
  for (const [i, { rows, columns }] of blocks.entries()) {
    const width = columns.to - columns.from
    for (let row = rows.from; row < rows.to; row++) {
      const at = (row - rows.from) * width
      c.set(products[i]?.subarray(at, at + width) ?? [], row * n + columns.from)
    }
  }
  return c
}

/** Some columns of a matrix, row by row. */
function cutOut(matrix: Float64Array, n: number, { from, to }: Band): Float64Array {
  const part = new Float64Array(n * (to - from))
  for (let row = 0; row < n; row++) part.set(matrix.subarray(row * n + from, row * n + to), row * (to - from))
  return part
}

/** A wrong product passes by no more than chance. R. Freivalds, "Probabilistic machines can use less running time" (1977). */
function freivalds(n: number, { a, b, c }: { a: Float64Array; b: Float64Array; c: Float64Array }): number {
  const random = randomFrom(4)
  const x = Float64Array.from({ length: n }, () => random() - 0.5)
  const expected = times(a, times(b, x))
  return times(c, x).reduce((largest, number, i) => Math.max(largest, Math.abs(number - (expected[i] ?? NaN))), 0)
}

function bandsOf(n: number): readonly Chunk[] {
  return partition(n, Math.ceil(n / BLOCK))
}
