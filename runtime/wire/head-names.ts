// HeadNames — the host ids in the heads of frames, read without making and checking the same texts anew for each frame.
// N1  What is found here was read and checked before, byte for byte; what is not found is read and checked.

import { UndecodableError } from "../errors.js"
import { type HostId, hostId } from "../ids.js"

/** A power of two. A host speaks to few others at a time. */
const PLACES = 64

interface Known {
  /** Its length and its characters, as they stand in a head. */
  readonly bytes: Uint8Array
  readonly id: HostId
}

const known = new Array<Known | undefined>(PLACES).fill(undefined)

/** Reads a host id; it ends `1 + length` bytes behind `at`. @throws {UndecodableError} when there is none */
export function readName(bytes: Uint8Array, at: number): HostId {
  const length = bytes[at] ?? 0
  if (length === 0 || at + 1 + length > bytes.length) throw new UndecodableError("frame", "the head is cut short")
  // Ids of hosts that belong together begin alike and end differently.
  const place = ((bytes[at + length] ?? 0) + 31 * (bytes[at + length - 1] ?? 0) + length) & (PLACES - 1)
  const found = known[place]
  if (found !== undefined && isSame(found.bytes, bytes, at)) return found.id
  // A copy first: what arrived may be a window on memory that another thread writes.
  const name = new Uint8Array(bytes.subarray(at, at + 1 + length))
  const id = checked(name.subarray(1))
  known[place] = { bytes: name, id }
  return id
}

function isSame(name: Uint8Array, bytes: Uint8Array, at: number): boolean {
  // The first byte is the length, so what is longer differs at once.
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[at + i]) return false
  return true
}

function checked(characters: Uint8Array): HostId {
  try {
    return hostId(String.fromCharCode(...characters))
  } catch (error) {
    throw new UndecodableError("frame", "a host id in the head is malformed", error)
  }
}
