// Libc — the few calls of the operating system that Node.js has no function for, made through koffi.

import { UnavailableError } from "../../errors.js"
import { loadNative } from "./native-load.js"

const READ_WRITE = 3
const SHARED_NORESERVE = 0x4001
const FUTEX_WAIT = 0
const FUTEX_WAKE = 1
const FUTEX_NUMBERS: Readonly<Record<string, number>> = { x64: 202, arm64: 98 }
const EVERYONE = 0x7fff_ffff
const EINTR = 4
/** How often what a signal has interrupted is tried again. */
const INTERRUPTIONS = 100
/** FALLOC_FL_PUNCH_HOLE, and FALLOC_FL_KEEP_SIZE, which goes with it. */
const PUNCH = 3
const NS_PER_MS = 1_000_000

export interface Libc {
  /** Maps a whole file; the address. @throws {UnavailableError} */
  map(fd: number, bytes: number): bigint
  /** Mapped memory as a buffer. The memory of one address is never unmapped. */
  view(address: bigint, bytes: number): ArrayBuffer
  /** Makes sure that a part of a file has memory or disk behind it; the error's number, 0 for none. */
  reserve(fd: number, at: number, bytes: number): number
  /** Gives back what a file has of that, for all who have mapped it; it reads as zeros from then on. */
  discard(fd: number, bytes: number): void
  /** The error's number, 0 for none. */
  makeFifo(path: string): number
  /** Blocks the thread until the word is woken, or at once when it is not `seen`. */
  waitOn(word: Int32Array, seen: number, ms: number): void
  wakeOn(word: Int32Array): void
}

let loaded: Promise<Libc> | undefined

/** @throws {UnavailableError} where there is none, or koffi cannot be loaded */
export function loadLibc(): Promise<Libc> {
  return (loaded ??= loadNative(load))
}

async function load(): Promise<Libc> {
  const futex = FUTEX_NUMBERS[process.arch]
  if (process.platform !== "linux" || futex === undefined)
    throw unavailable(`${process.platform} on ${process.arch} has none that is known here`)
  const { default: koffi } = await import("koffi").catch((error: unknown) => {
    throw unavailable(`koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  })
  const c = koffi.load(null)
  const mmap = c.func("void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)")
  const fallocate = c.func("int posix_fallocate(int fd, int64_t offset, int64_t len)")
  const punch = c.func("int fallocate(int fd, int mode, int64_t offset, int64_t len)")
  const mkfifo = c.func("int mkfifo(str path, unsigned int mode)")
  const syscall = c.func("long syscall(long number, void *word, int op, int value, void *timeout, void *word2, int value3)")
  return {
    map(fd, bytes) {
      const address = mmap(null, bytes, READ_WRITE, SHARED_NORESERVE, fd, 0) as bigint
      if (BigInt.asIntN(64, address) === -1n) throw unavailable(`the file cannot be mapped (error ${String(koffi.errno())})`)
      return address
    },
    view: (address, bytes) => koffi.view(address, bytes),
    reserve(fd, at, bytes) {
      let error = EINTR
      // Some kernels leave off with what takes long as soon as a signal comes, which the end of any child is.
      for (let n = 0; n < INTERRUPTIONS && error === EINTR; n++) error = fallocate(fd, at, bytes) as number
      return error
    },
    discard: (fd, bytes) => void punch(fd, PUNCH, 0, bytes),
    makeFifo: (path) => (mkfifo(path, 0o600) === 0 ? 0 : koffi.errno()),
    waitOn(word, seen, ms) {
      const timeout = new BigInt64Array([BigInt(Math.floor(ms / 1000)), BigInt(Math.round((ms % 1000) * NS_PER_MS))])
      syscall(futex, word, FUTEX_WAIT, seen, timeout, null, 0)
    },
    wakeOn(word) {
      syscall(futex, word, FUTEX_WAKE, EVERYONE, null, null, 0)
    },
  }
}

function unavailable(why: string): UnavailableError {
  return new UnavailableError(
    "memory shared between processes",
    why,
    "use a keeper (openToolkit), or threads of one process, which need none of it",
  )
}
