// CopyCounter — how many bytes this thread has had copied: by JavaScript's own means, and by the kernel for its process.
// It puts counters before the functions that copy. Those slow everything down that they count: nothing is timed while they are there.
// K1  On the measuring side they are there as long as what putCounters gave is not disposed of, whatever fails meanwhile; who asks later
//     finds none and puts none. The other side puts them when it is asked for the first time, and ends with its carrier.

import { readFileSync } from "node:fs"
import { isMainThread } from "node:worker_threads"

type Method = (this: unknown, ...args: unknown[]) => unknown

/** A function that copies, and how much, by what it was given and what it gave. */
interface Copying {
  readonly of: object
  readonly name: string
  bytes(result: unknown, args: readonly unknown[]): number
}

const given: Copying["bytes"] = (_, [source]) => bytesOf(source)
const made: Copying["bytes"] = (result) => bytesOf(result)

const COPYING: readonly Copying[] = [
  { of: Object.getPrototypeOf(Uint8Array.prototype) as object, name: "set", bytes: given },
  { of: Object.getPrototypeOf(Uint8Array.prototype) as object, name: "slice", bytes: made },
  { of: ArrayBuffer.prototype, name: "slice", bytes: made },
  { of: SharedArrayBuffer.prototype, name: "slice", bytes: made },
  { of: Buffer.prototype as object, name: "copy", bytes: (result) => (typeof result === "number" ? result : 0) },
  { of: Buffer, name: "concat", bytes: made },
  // Of memory it makes a view.
  { of: Buffer, name: "from", bytes: (result, [source]) => (ArrayBuffer.isView(source) ? bytesOf(result) : 0) },
]

let copied = 0
/** One that copies calls another: the bytes count once. */
let isCounting = false
let taken: readonly (() => void)[] = []

/** Puts the counters; disposing of it takes them away. */
export function putCounters(): Disposable {
  if (taken.length === 0) taken = COPYING.map((copying) => count(copying))
  return {
    [Symbol.dispose]() {
      for (const putBack of taken) putBack()
      taken = []
    },
  }
}

/** Bytes copied since the counters were put; undefined where there are none, or the kernel's cannot be told. */
export function copiedHere(): number | undefined {
  if (taken.length === 0) return undefined
  // A thread's are its process's: they are counted once, by the side that is the process.
  const kernel = isMainThread ? kernelBytes("self") : 0
  return kernel === undefined ? undefined : copied + kernel
}

/** The same on the other side, which counts from the first question on. */
export function copiedThere(): number | undefined {
  putCounters()
  return copiedHere()
}

/** Bytes that the kernel has copied to or from a process: what it has read and written, sockets and pipes included. */
export function kernelBytes(pid: number | "self"): number | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/io`, "utf8")
    const [read, written] = [/^rchar: (\d+)/m.exec(text), /^wchar: (\d+)/m.exec(text)]
    return read === null || written === null ? undefined : Number(read[1]) + Number(written[1])
  } catch {
    return undefined
  }
}

function count(copying: Copying): () => void {
  const { of, name } = copying
  const original = Reflect.get(of, name) as Method
  const counting: Method = function (...args) {
    if (isCounting) return Reflect.apply(original, this, args)
    isCounting = true
    try {
      const result: unknown = Reflect.apply(original, this, args)
      copied += copying.bytes(result, args)
      return result
    } finally {
      isCounting = false
    }
  }
  const put = (method: Method): void => {
    Object.defineProperty(of, name, { value: method, writable: true, configurable: true, enumerable: false })
  }
  const enumerable = Object.prototype.propertyIsEnumerable.call(of, name)
  put(counting)
  return () => {
    Object.defineProperty(of, name, { value: original, writable: true, configurable: true, enumerable })
  }
}

function bytesOf(memory: unknown): number {
  const isMemory = ArrayBuffer.isView(memory) || memory instanceof ArrayBuffer || memory instanceof SharedArrayBuffer
  return isMemory ? memory.byteLength : 0
}
