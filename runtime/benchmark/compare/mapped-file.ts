// MappedFile — memory that several processes share: a file that each of them has mapped.

import { closeSync, constants, existsSync, ftruncateSync, openSync, unlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { randomBytes } from "node:crypto"
import { type Libc, loadLibc } from "../../parallel/mapped-memory/libc.js"
import { NotMeasured } from "./carrier.js"
import { shownBytes } from "./shown-bytes.js"

export interface MappedFile {
  readonly path: string
  readonly memory: ArrayBuffer
  /** What mapped it, and lets a process block until another has changed a word of it. */
  readonly libc: Libc
}

/**
 * Makes a file of zeros and maps it. The caller removes it once the others have it.
 * All of its memory is taken at once: whoever writes to a page of which there is none any more is ended by SIGBUS.
 * @throws {NotMeasured} where that cannot be done, or there is no room
 */
export async function createMapped(bytes: number): Promise<MappedFile> {
  const libc = await loaded()
  const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()
  const path = join(folder, `troupe-compare-${String(process.pid)}-${randomBytes(6).toString("hex")}`)
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    ftruncateSync(fd, bytes)
    const refused = libc.reserve(fd, 0, bytes)
    if (refused !== 0) throw new NotMeasured(`${folder} has no room for ${shownBytes(bytes)} (error ${String(refused)})`)
    return { path, ...mapped(libc, fd, bytes) }
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Maps a file that another process has made. */
export async function openMapped(path: string, bytes: number): Promise<MappedFile> {
  const libc = await loaded()
  const fd = openSync(path, constants.O_RDWR)
  try {
    return { path, ...mapped(libc, fd, bytes) }
  } finally {
    closeSync(fd)
  }
}

function mapped(libc: Libc, fd: number, bytes: number): Pick<MappedFile, "memory" | "libc"> {
  try {
    return { memory: libc.view(libc.map(fd, bytes), bytes), libc }
  } catch (error) {
    throw cannotMap(error)
  }
}

async function loaded(): Promise<Libc> {
  return loadLibc().catch((error: unknown) => {
    throw cannotMap(error)
  })
}

function cannotMap(error: unknown): NotMeasured {
  return new NotMeasured(`the file could not be mapped: ${error instanceof Error ? error.message : String(error)}`)
}
