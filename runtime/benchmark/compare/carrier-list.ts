// The carriers there are, in the order of reports.

import type { CarrierId, CarrierWords } from "./carrier.js"

export const CARRIERS: readonly CarrierWords[] = [
  {
    id: "function",
    label: "function call",
    place: "inline",
    medium: "call",
    role: "reference",
    how: "a synchronous call in the same thread, nothing of troupe involved",
    unseenCopies: 0,
  },
  {
    id: "inline",
    label: "inline actor",
    place: "inline",
    medium: "call",
    role: "cell",
    how: "an ask of an actor on the same event loop; the message is passed as it is",
    unseenCopies: 0,
  },
  {
    id: "thread-shared",
    label: "thread × shared memory",
    place: "thread",
    medium: "shared memory",
    role: "cell",
    how: "written into slots of a SharedArrayBuffer and read there; both sides spin 50 µs, then block in Atomics.wait",
    unseenCopies: 0,
  },
  {
    id: "thread-actor",
    label: "thread × messages",
    place: "thread",
    medium: "messages",
    role: "cell",
    how: "an ask of an actor in a worker thread",
    unseenCopies: 0,
  },
  {
    id: "thread-clone",
    label: "bare postMessage, clone",
    place: "thread",
    medium: "messages",
    role: "reference",
    how: "postMessage to a worker thread and back; the payload is cloned",
    unseenCopies: 2,
  },
  {
    id: "thread-transfer",
    label: "bare postMessage, transfer",
    place: "thread",
    medium: "messages",
    role: "reference",
    how: "postMessage to a worker thread and back; the payload's memory changes hands, and comes back with the receipt",
    unseenCopies: 0,
  },
  {
    id: "process-shared",
    label: "process × shared memory",
    place: "process",
    medium: "shared memory",
    role: "cell",
    how: "written into a file that both processes have mapped and read there; both sides spin 50 µs, then block in a futex",
    unseenCopies: 0,
  },
  {
    id: "process-actor",
    label: "process × NATS + msgpack",
    place: "process",
    medium: "messages",
    role: "cell",
    how: "an ask of an actor in an OS process under pm2, over nats-server",
    unseenCopies: 1,
  },
  {
    id: "process-nats",
    label: "bare nats request",
    place: "process",
    medium: "messages",
    role: "reference",
    how: "a request of the nats package to another process, over the same nats-server",
    unseenCopies: 1,
  },
  {
    id: "process-ipc",
    label: "bare Node.js IPC",
    place: "process",
    medium: "messages",
    role: "reference",
    how: "process.send to a forked process and back, with advanced serialization, over its pipe",
    unseenCopies: 2,
  },
]

/** @throws {RangeError} for one there is not. */
export function carrierWords(id: CarrierId): CarrierWords {
  const found = CARRIERS.find((one) => one.id === id)
  if (found === undefined) throw new RangeError(`no carrier ${id}`)
  return found
}
