// PNG of 8-bit RGB, by node:zlib. Source: the PNG specification, third edition (W3C 2025), sections 5 and 9.

import { crc32, deflateSync } from "node:zlib"

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const RGB = 2

/** The file for rows of red, green and blue bytes from the top. */
export function png(width: number, height: number, rgb: Uint8Array): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = RGB
  const stride = 3 * width
  // Each row begins with the number of its filter: 0, none.
  const rows = Buffer.alloc(height * (1 + stride))
  for (let row = 0; row < height; row++) rows.set(rgb.subarray(row * stride, (row + 1) * stride), row * (1 + stride) + 1)
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))])
}

function chunk(type: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), content])
  const whole = Buffer.alloc(named.length + 8)
  whole.writeUInt32BE(content.length, 0)
  whole.set(named, 4)
  whole.writeUInt32BE(crc32(named), named.length + 4)
  return whole
}
