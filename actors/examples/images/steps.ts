// What is done with an image, step by step. Pixels are three bytes each, red, green and blue, row by row.
// The library would use all cores for one image; here it uses one, and what is parallel are the workers.

import { basename } from "node:path"
import sharp, { type Sharp } from "sharp"
import { AnswerError, task } from "../../../runtime/index.js"
import { sizeOf } from "../../files/input-file.js"

sharp.concurrency(1)
sharp.cache(false)

/** A file, or an image that is in memory. */
export interface Source {
  readonly name: string
  readonly from: string | Uint8Array
}

export interface Pixels {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export interface Encoded {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What is larger is made smaller while it is decoded: a photograph of any size fits into a message, and memory stays small. */
const LONGEST_DECODED = 1600
const LONGEST_SIDE = 320
const CHANNELS = 3
/** Weights of a 3 by 3 sharpening filter. */
const SHARPEN = [0, -1, 0, -1, 5, -1, 0, -1, 0]

/** @throws {AnswerError} ERR_BAD_IMAGE with the path, for what is missing, empty, cut off or no image */
export const decode = task(import.meta.url, async ({ name, from }: Source): Promise<Pixels> => {
  try {
    // A pipe would block the library for good.
    if (typeof from === "string") await sizeOf(from)
    const image = sharp(from, { failOn: "truncated" })
      .resize({ width: LONGEST_DECODED, height: LONGEST_DECODED, fit: "inside", withoutEnlargement: true })
      .flatten()
      .toColourspace("srgb")
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
    if (info.channels !== CHANNELS) throw new Error(`it has ${String(info.channels)} channels instead of 3`)
    return { name, width: info.width, height: info.height, data }
  } catch (error) {
    throw badImage(typeof from === "string" ? from : name, error)
  }
})

function badImage(path: string, error: unknown): AnswerError {
  const said = error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error)
  // The library may name the path once more, and no path in a message leaves this thread or process; as data it does.
  const why = said.replace(`: ${path}`, "").replace(`${path}: `, "")
  return new AnswerError("ERR_BAD_IMAGE", sayBadImage(path, why), { path, why })
}

/** What is wrong with an image, in words. */
export function sayBadImage(path: string, why: string): string {
  return `${path}: it cannot be read as an image: ${why}`
}

export const resize = task(import.meta.url, async (pixels: Pixels): Promise<Pixels> => {
  const small = raw(pixels).resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: "inside" })
  const { data, info } = await small.raw().toBuffer({ resolveWithObject: true })
  return { name: pixels.name, width: info.width, height: info.height, data }
})

export const filter = task(import.meta.url, async (pixels: Pixels): Promise<Pixels> => {
  const sharper = raw(pixels).convolve({ width: 3, height: 3, kernel: SHARPEN })
  return { ...pixels, data: await sharper.raw().toBuffer() }
})

export const encode = task(import.meta.url, async (pixels: Pixels): Promise<Encoded> => {
  const bytes = await raw(pixels).png({ compressionLevel: 9 }).toBuffer()
  return { name: `${basename(pixels.name)}.png`, bytes }
})

/** A picture to work on where there is no folder of them: rings of colours, in another place for each number. */
export async function madeUp(number: number): Promise<Source> {
  const [width, height] = [640, 480]
  const data = new Uint8Array(width * height * CHANNELS)
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [(at % width) - width / 2 + 10 * number, Math.floor(at / width) - height / 2]
    const ring = Math.floor(Math.hypot(x, y))
    data.set([ring & 255, (ring * 3) & 255, (x * y) & 255], at * CHANNELS)
  }
  const name = `picture-${String(number)}.jpg`
  return { name, from: await raw({ name, width, height, data }).jpeg().toBuffer() }
}

function raw({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: CHANNELS } })
}
