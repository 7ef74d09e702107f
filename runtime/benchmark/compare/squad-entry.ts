// A member of a squad: a worker thread that was given the memory, or a process that maps its file.

import { isMainThread, workerData } from "node:worker_threads"
import { openMapped } from "./mapped-file.js"
import { JOBS, SQUAD_BYTES, WORD, work } from "./squad-jobs.js"
import { processWait, THREAD_WAIT, type Wait } from "./wait.js"

function serve(words: Int32Array, { member, wait, isOver }: { member: number; wait: Wait; isOver: () => boolean }): void {
  let served = Atomics.load(words, WORD.go)
  Atomics.add(words, WORD.done, 1)
  for (;;) {
    while (Atomics.load(words, WORD.go) === served) {
      if (isOver()) return
      wait.wait({ words, at: WORD.go, value: served })
    }
    served = Atomics.load(words, WORD.go)
    const job = JOBS[Atomics.load(words, WORD.job) & 0xff]
    const members = Atomics.load(words, WORD.job) >> 8
    if (job === undefined) return
    if (member < members) words[WORD.counts + member] = work(job, words, { member, members, wait })
    Atomics.add(words, WORD.done, 1)
  }
}

if (isMainThread) {
  const [path = "", member = "0"] = process.argv.slice(2)
  const { memory, libc } = await openMapped(path, SQUAD_BYTES)
  const parent = process.ppid
  const wait = processWait(libc, WORD.sleepers)
  serve(new Int32Array(memory), { member: Number(member), wait, isOver: () => process.ppid !== parent })
} else {
  const { memory, member } = workerData as { memory: SharedArrayBuffer; member: number }
  serve(new Int32Array(memory), { member, wait: THREAD_WAIT, isOver: () => false })
}
