// MappedFile — a file that several processes have mapped, and that takes memory only as it is written to.
// M1  A file stands under its name once it is complete: it is made under another one and linked.
// M2  Nothing is written to where no memory has been reserved: a write that finds none would kill the process.

import { closeSync, constants, fstatSync, ftruncateSync, linkSync, openSync, readFileSync, statSync, unlinkSync } from "node:fs"
import { codeOf, NoRoomError, UnavailableError } from "../../errors.js"
import type { Libc } from "./libc.js"
import { ownMark } from "./thread-mark.js"

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants
/** The most that a file can come to hold, tried from the largest. */
const RESERVED = [2 ** 36, 2 ** 32, 2 ** 30]
/** What is shorter was cut. */
export const SMALLEST = Math.min(...RESERVED)

export class MappedFile {
  readonly path: string
  readonly bytes: number
  readonly #libc: Libc
  readonly #fd: number
  readonly #address: bigint
  readonly #inode: number
  #isOpen = true

  private constructor(path: string, fd: number, libc: Libc) {
    const stat = fstatSync(fd)
    const { size, ino, uid, mode } = stat
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
      throw new UnavailableError(path, "another user has made it, or may read it", "have it removed")
    // Whoever touches what is mapped beyond the end of a file is killed.
    if (!stat.isFile() || size < SMALLEST)
      throw new UnavailableError(path, "it is no file of this program's, or was cut", "remove it")
    this.path = path
    this.bytes = size
    this.#libc = libc
    this.#fd = fd
    this.#inode = ino
    this.#address = mappedAlready(path, ino) ?? libc.map(fd, size)
  }

  /** The file of a name; undefined when there is none. @throws {UnavailableError} */
  static open(path: string, libc: Libc): MappedFile | undefined {
    let fd: number
    try {
      fd = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      const code = codeOf(error)
      if (code === "ENOENT") return undefined
      throw new UnavailableError(path, `it cannot be opened (${String(code)})`, "see what stands under that name")
    }
    try {
      return new MappedFile(path, fd, libc)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  /** Makes one of zeros that `begin` completes; nothing when somebody else has made it meanwhile. @throws {NoRoomError} */
  static create(path: string, libc: Libc, begin: (file: MappedFile) => void): void {
    const draft = `${path}.draft${String(ownMark().tid)}`
    unlinkIfThere(draft)
    const fd = openSync(draft, O_RDWR | O_CREAT | O_EXCL, 0o600)
    try {
      truncate(fd)
      begin(new MappedFile(draft, fd, libc))
      linkSync(draft, path)
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error
    } finally {
      closeSync(fd)
      unlinkIfThere(draft)
    }
  }

  /** Some of it, as a buffer. */
  view(at: number, bytes: number): ArrayBuffer {
    return this.#libc.view(this.#address + BigInt(at), bytes)
  }

  /** @throws {NoRoomError} when there is no memory, or no room on the disk */
  reserve(at: number, bytes: number): void {
    if (!this.#isOpen) throw new NoRoomError(this.path, "its program has ended")
    const error = this.#libc.reserve(this.#fd, at, bytes)
    if (error !== 0) throw new NoRoomError(this.path, `no ${String(bytes)} bytes more can be had (error ${String(error)})`)
  }

  /** Nothing more is reserved in it here. What is mapped of it stays. Idempotent. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#fd)
  }

  /** Gives its memory back, which would be kept for as long as this process has it mapped. For one that nobody is in any more. */
  discard(): void {
    this.#libc.discard(this.#fd, this.bytes)
  }

  /** Whether the name still stands for this file. */
  get isNamed(): boolean {
    try {
      return statSync(this.path).ino === this.#inode
    } catch {
      return false
    }
  }
}

/** Where this process, in another thread perhaps, has mapped it already. */
function mappedAlready(path: string, inode: number): bigint | undefined {
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    if (!line.endsWith(path)) continue
    const [range, , offset, , found] = line.split(/\s+/)
    if (Number(found) === inode && /^0+$/.test(offset ?? "")) return BigInt(`0x${String(range?.split("-")[0])}`)
  }
  return undefined
}

function truncate(fd: number): void {
  let last: unknown
  for (const bytes of RESERVED) {
    try {
      ftruncateSync(fd, bytes)
      return
    } catch (error) {
      last = error
    }
  }
  throw new NoRoomError("memory shared between processes", `none can be reserved: ${String(last)}`)
}

export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
  }
}
