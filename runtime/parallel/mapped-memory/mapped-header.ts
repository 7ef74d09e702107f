// MappedHeader — the first words of a mapped file, and the names of what belongs to it.
// What decides whether a file is in use can be read without mapping it.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs"
import { MEMBERS, MEMBERS_AT } from "../shared-memory/ground.js"
import { isRunning } from "./thread-mark.js"

/** Whether who joins may stay: OPEN, or the number of the thread that is about to remove it. */
export const STANDING = 0
export const OPEN = -1
/** How many threads are blocked; too many when one was killed. */
export const BLOCKED = 3
/** When somebody opened it last, in seconds since 1970. */
export const OPENED_AT = 4
/** Where the numbers of its members' threads hold: see threadSpace. */
export const SPACE = 5
/** Two words for each member: its process, and the number of its thread there. */
export const MEMBER_PLACES_AT = MEMBERS_AT + MEMBERS * 2
const WORDS = MEMBER_PLACES_AT + MEMBERS * 2
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

export function bellPath(path: string, member: number): string {
  return `${path}.bell${String(member)}`
}

/** Whether a member lives, those of one process left out. */
export function isUsed(words: Int32Array, exceptPid?: number): boolean {
  for (let member = 1; member < MEMBERS; member++) {
    const tid = Atomics.load(words, MEMBERS_AT + member * 2)
    if (tid <= 0 || Atomics.load(words, MEMBER_PLACES_AT + member * 2) === exceptPid) continue
    if (isRunning({ tid, start: Atomics.load(words, MEMBERS_AT + member * 2 + 1) })) return true
  }
  return false
}

/** The first words of a file; undefined when there is none of this user's that is one. What else stands under the name is not waited for. */
export function headerOf(path: string): Int32Array | undefined {
  let fd: number
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile() || stat.uid !== process.getuid?.()) return undefined
    const words = new Int32Array(WORDS)
    readSync(fd, words, 0, words.byteLength, 0)
    return words
  } finally {
    closeSync(fd)
  }
}
