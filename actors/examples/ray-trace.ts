// ray-trace — task parallelism: rows of a picture are independent, and cost from next to nothing (sky) to a lot (mirrors in mirrors).
//
//   npx troupe run ray-trace
//   npx troupe run ray-trace --schedule static

import sharp from "sharp"
import { task } from "../../runtime/index.js"
import { partition } from "../../runtime/toolkit.js"
import type { Example } from "./harness/example.js"
import { outputPath, writeOutput } from "./harness/output-file.js"
import { renderRows } from "./ray-trace/scene.js"

interface Picture {
  readonly width: number
  readonly height: number
  readonly output: string
}

interface Band {
  readonly width: number
  readonly height: number
  readonly rows: readonly [from: number, to: number]
}

const ROWS_BY_BAND = 4

/** A task: renders some rows of a picture. */
export const renderBand = task(import.meta.url, ({ width, height, rows }: Band) => renderRows({ width, height }, rows))

export const rayTrace: Example<Picture, Uint8Array> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "tasks: each band of four rows is one; many more tasks than workers, so that the last ones to finish do not keep the rest waiting",
      "dependencies: none, so the answers may come in any order; each is put where it belongs",
      "schedule: bands cost unequally, so who is free takes the next one (dynamic); --schedule static shows what equal shares from the start cost",
    ],
    mapping: "a band of rows is a message {width, height, rows}; any worker renders any band and answers with its bytes",
  },
  takes: ["size", "output", "schedule"],
  size: { of: "rows (the picture is 4:3)", usual: 1440, least: 4, most: 4320 },
  warmUpSize: 144,

  prepare: async ({ size, output = "ray-trace.png" }) => ({
    width: Math.round((size * 4) / 3),
    height: size,
    output: await outputPath(output),
  }),

  async sequential({ width, height }, pace) {
    const picture = new Uint8Array(width * height * 3)
    for (const rows of bandsOf(height)) {
      picture.set(renderRows({ width, height }, rows), rows[0] * width * 3)
      await pace.at(rows[1] / height)
    }
    return picture
  },

  async parallel({ width, height }, run) {
    const pool = await run.pool({ schedule: run.schedule })
    const bands = bandsOf(height).map((rows) => ({ width, height, rows }))
    const picture = new Uint8Array(width * height * 3)
    const rendered = await pool.map(renderBand, bands, { signal: run.pace.signal })
    for (const [at, pixels] of rendered.entries()) picture.set(pixels, (bands[at]?.rows[0] ?? 0) * width * 3)
    return picture
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "bytes of the picture that differ from the sequential version's",
      error: sequential.reduce((differing, byte, at) => differing + Number(byte !== parallel[at]), 0),
      within: 0,
    },
  ],

  figures: ({ width, height }) => ({ pixels: width * height, bands: bandsOf(height).length }),

  keep: async ({ width, height, output }, picture) => [
    await writeOutput(
      output,
      await sharp(picture, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  ],
}

function bandsOf(height: number): readonly Band["rows"][] {
  return partition(height, Math.ceil(height / ROWS_BY_BAND)).map(({ from, to }) => [from, to])
}
