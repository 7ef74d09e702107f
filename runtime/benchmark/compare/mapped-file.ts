// MappedFile — memory that several processes share: a file that each of them has mapped.

import { closeSync, constants, existsSync, ftruncateSync, openSync, unlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { randomBytes } from "node:crypto"
import { type Libc, loadLibc } from "../../parallel/mapped-memory/libc.js"
import { NotMeasured } from "./carrier.js"

export interface MappedFile {
  readonly path: string
  readonly memory: ArrayBuffer
  /** What mapped it, and lets a process block until another has changed a word of it. */
  readonly libc: Libc
}

/** Makes a file of zeros and maps it. The caller removes it once the others have it. @throws {NotMeasured} where that cannot be done */
export async function createMapped(bytes: number): Promise<MappedFile> {
  const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()
  const path = join(folder, `troupe-compare-${String(process.pid)}-${randomBytes(6).toString("hex")}`)
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    ftruncateSync(fd, bytes)
    return { path, ...(await map(fd, bytes)) }
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Maps a file that another process has made. */
export async function openMapped(path: string, bytes: number): Promise<MappedFile> {
  const fd = openSync(path, constants.O_RDWR)
  try {
    return { path, ...(await map(fd, bytes)) }
  } finally {
    closeSync(fd)
  }
}

async function map(fd: number, bytes: number): Promise<Pick<MappedFile, "memory" | "libc">> {
  try {
    const libc = await loadLibc()
    return { memory: libc.view(libc.map(fd, bytes), bytes), libc }
  } catch (error) {
    throw new NotMeasured(`the file could not be mapped: ${error instanceof Error ? error.message : String(error)}`)
  }
}
