// Numbered frames of many sizes, which show when a byte of them is wrong.

const HEAD = 8

/** The size of a frame by its number: most are small, every 13th is too large for a ring of 1 KiB. */
function sizeOf(number: number): number {
  return HEAD + (number % 13 === 12 ? 1000 + number : (number * 7) % 50)
}

/** A frame with its number and how many of the other side's its sender has had. */
export function frameOf(number: number, acknowledged: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(sizeOf(number))
  const view = new DataView(frame.buffer)
  view.setUint32(0, number)
  view.setUint32(4, acknowledged)
  for (let i = HEAD; i < frame.length; i++) frame[i] = (number + i) & 0xff
  return frame
}

/** Reads a frame; undefined when it is not whole. */
export function readFrameOf(bytes: Uint8Array): { number: number; acknowledged: number } | undefined {
  if (bytes.length < HEAD) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const number = view.getUint32(0)
  if (bytes.length !== sizeOf(number)) return undefined
  for (let i = HEAD; i < bytes.length; i++) if (bytes[i] !== ((number + i) & 0xff)) return undefined
  return { number, acknowledged: view.getUint32(4) }
}
