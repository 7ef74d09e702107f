// MachineMemory — which file the programs of one home share, and its life: made by whoever opens it first, removed when its program ends,
// or swept by the next one when all were killed.
// O1  Who joins looks afterwards whether the file is still open; who removes it closes it first and then looks for members. So one of
//     the two sees the other.

import { createHash } from "node:crypto"
import { accessSync, constants, lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { UnavailableError } from "../../errors.js"
import { HEAP_AT, MEMBERS, NEXT, UNIT } from "../shared-memory/ground.js"
import { type Libc, loadLibc } from "./libc.js"
import { MappedFile, SMALLEST, unlinkIfThere } from "./mapped-file.js"
import { MappedGround } from "./mapped-ground.js"
import { bellPath, headerOf, isUsed, OPEN, OPENED_AT, SPACE, STANDING } from "./mapped-header.js"
import { isRunning, ownMark, threadSpace } from "./thread-mark.js"

/** What tells the programs of a machine apart: those of one home share memory. */
export interface Home {
  readonly stateDir: string
  readonly prefix: string
}

/** Part of the file's name: goes up when what is in it changes. */
const LAYOUT = 3
const MEMORY_FOLDER = "/dev/shm"
/** What was opened so short a time ago is not swept: its program may be about to start its actors anew. */
const GRACE_S = 60
/** What belongs to a file: one that is being made, and the bells of its members. */
const PART = /^(.*)\.(draft|bell)(\d+)$/
const TRIES = 100
const PAUSE_MS = 5

const grounds = new Map<string, MappedGround>()

/** This thread's part in the memory of a home. @throws {UnavailableError} where there is none; NoRoomError */
export async function openMachineMemory(home: Home): Promise<MappedGround> {
  const libc = await loadLibc()
  const path = pathOf(home)
  for (let n = 0; n < TRIES; n++) {
    const known = grounds.get(path)
    if (known?.isNamed === true) return known
    const ground = openOnce(path, libc)
    if (ground !== undefined) {
      grounds.set(path, ground)
      return ground
    }
    // Somebody removes it, or was killed in the middle of that.
    removeUnused(path, libc)
    await pause(PAUSE_MS)
  }
  throw new UnavailableError(path, "it is being removed all the while", "try again")
}

/** Removes the file of a home unless another process uses it. To be called when its program has ended its actors. */
export async function removeMachineMemory(home: Home): Promise<void> {
  const path = pathOf(home)
  if (headerOf(path) === undefined) return
  const ground = grounds.get(path)
  grounds.delete(path)
  try {
    removeUnused(path, await loadLibc(), process.pid)
  } catch {
    // Another user's, or no longer there: a program's end does not fail for that, and what is ours is swept at the next start.
  }
  // Where other processes use it still, so may this one.
  if (ground?.isNamed === false) ground.close()
}

/**
 * Removes what programs of this user have left that were killed: in the folder for shared memory, and in a state directory. Never rejects:
 * everybody can put things into that folder, and nobody's start fails for them.
 */
export async function sweepMachineMemory(stateDir: string, graceS = GRACE_S): Promise<void> {
  for (const folder of new Set([MEMORY_FOLDER, resolve(stateDir)]))
    for (const name of namesIn(folder)) {
      const path = join(folder, name)
      try {
        if (isLeft(path, graceS)) await removeLeft(path)
      } catch {
        // It is none of ours, or cannot be removed; who wants to open it is told so.
      }
    }
}

async function removeLeft(path: string): Promise<void> {
  if (PART.test(path) || isCut(path)) unlinkIfThere(path)
  else removeUnused(path, await loadLibc())
}

/** Whether nobody needs a file any more. */
function isLeft(path: string, graceS: number): boolean {
  const [, whole = "", kind, number] = PART.exec(path) ?? []
  if (kind === "draft") return !isRunning({ tid: Number(number), start: 0 })
  if (kind === "bell") return headerOf(whole) === undefined
  if (isCut(path)) return true
  const words = headerOf(path)
  if (words === undefined || words[SPACE] !== threadSpace()) return false
  return !isUsed(words) && Date.now() / 1000 - Number(words[OPENED_AT]) >= graceS
}

/** Whether somebody has cut a file short: nobody can use it any more. */
function isCut(path: string): boolean {
  const stat = lstatSync(path)
  return stat.isFile() && stat.size < SMALLEST
}

/** The file of a home; it is another one after the machine was started anew, and in another container: see threadSpace. */
export function pathOf({ stateDir, prefix }: Home): string {
  const identity = JSON.stringify([LAYOUT, resolve(stateDir), prefix, bootId(), threadSpace()])
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 16)
  return join(canWriteIn(MEMORY_FOLDER) ? MEMORY_FOLDER : resolve(stateDir), `${ours()}${digest}`)
}

function ours(): string {
  return `troupe-${String(process.getuid?.())}-`
}

function openOnce(path: string, libc: Libc): MappedGround | undefined {
  let file = MappedFile.open(path, libc)
  if (file === undefined) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    MappedFile.create(path, libc, (made) => {
      made.reserve(0, HEAP_AT)
      const words = new Int32Array(made.view(0, UNIT))
      words[STANDING] = OPEN
      words[SPACE] = threadSpace()
      words[NEXT] = HEAP_AT / UNIT
    })
    file = MappedFile.open(path, libc)
  }
  if (file === undefined) return undefined
  const ground = new MappedGround(file, libc)
  const words = new Int32Array(file.view(0, UNIT))
  // Joined now, so that who would remove it sees a member.
  if (ground.member === 0 || Atomics.load(words, STANDING) !== OPEN || !file.isNamed) {
    ground.leave()
    file.close()
    return undefined
  }
  Atomics.store(words, OPENED_AT, Math.floor(Date.now() / 1000))
  ground.tidied()
  return ground
}

function removeUnused(path: string, libc: Libc, exceptPid?: number): void {
  const file = MappedFile.open(path, libc)
  if (file === undefined) return
  try {
    removeIfUnused(file, exceptPid)
  } finally {
    file.close()
  }
}

function removeIfUnused(file: MappedFile, exceptPid: number | undefined): void {
  const { path } = file
  const words = new Int32Array(file.view(0, HEAP_AT))
  const { tid } = ownMark()
  const standing = Atomics.load(words, STANDING)
  // Somebody else is at it; who died at it leaves it to the next.
  if (standing !== OPEN && standing !== tid && isRunning({ tid: standing, start: 0 })) return
  if (Atomics.compareExchange(words, STANDING, standing, tid) !== standing) return
  if (isUsed(words, exceptPid)) {
    Atomics.store(words, STANDING, OPEN)
    return
  }
  // These before the file: with the next one there may be others of their names.
  for (let member = 1; member < MEMBERS; member++) removeBell(bellPath(path, member))
  if (file.isNamed) unlinkIfThere(path)
  // Who is about to join finds that it does not stand open. In this process there may be somebody who has not noticed the end of its program.
  if (exceptPid === undefined) file.discard()
}

function removeBell(path: string): void {
  try {
    unlinkIfThere(path)
  } catch {
    // Somebody has put something else there; whoever finds that does without a bell.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith(ours()))
  } catch {
    return []
  }
}

function canWriteIn(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()
  } catch {
    return ""
  }
}
