// A reflection list in parts: a part is a range of the file's bytes, and holds the lines that begin in it. Whoever reads one knows neither
// the number of its first line nor whether the list has ended before; that is put together in the order of the parts.

import { open } from "node:fs/promises"
import { AnswerError, codeOf } from "../../../runtime/index.js"
import { hasWeight, mergeEquivalents, meanF2OverSigma } from "../../reflections/equivalents.js"
import { type Fault, readLine, type Reflection } from "../../reflections/hklf4.js"

export type Range = readonly [from: number, to: number]

export interface Part {
  /** Five numbers each: h, k, l, F², σ(F²). */
  readonly packed: Float64Array
  /** Lines up to the end of the part, of the list, or to the fault. */
  readonly lines: number
  readonly ended: boolean
  readonly fault: Fault | undefined
}

/** What the reflections of some h contribute to the figures of the whole list. */
export interface Share {
  readonly weighted: number
  readonly unique: number
  readonly groups: number
  /** Σ F²/σ over the measurements, and over the merged. */
  readonly strength: { readonly measured: number; readonly merged: number }
  /** Σ|F² − ⟨F²⟩| and Σ F² of what was measured more than once. */
  readonly repeated: { readonly spread: number; readonly f2: number }
  /** Σ σ and Σ F² of the merged. */
  readonly merged: { readonly sigma: number; readonly f2: number }
}

const FIELDS = 5
const LONGEST_LINE = 1000

/** Reads the lines that begin in a range of a file. @throws {AnswerError} ERR_UNREADABLE_FILE */
export async function readPart(path: string, [from, to]: Range): Promise<Part> {
  // The byte before the range tells whether a line begins with it.
  const start = Math.max(0, from - 1)
  const text = await textOf(path, [start, to + LONGEST_LINE])
  const first = from === 0 ? 0 : text.indexOf("\n") + 1
  const numbers: number[] = []
  let lines = 0
  if (from > 0 && first === 0) return { packed: new Float64Array(), lines, ended: false, fault: undefined }
  for (let at = first; start + at < to && at < text.length;) {
    const end = text.indexOf("\n", at)
    const line = text.slice(at, end < 0 ? undefined : end)
    at = end < 0 ? text.length : end + 1
    lines++
    const read = readLine(line.endsWith("\r") ? line.slice(0, -1) : line)
    if (read.type === "fault") return { packed: Float64Array.from(numbers), lines, ended: false, fault: read.fault }
    if (read.type === "end") return { packed: Float64Array.from(numbers), lines, ended: true, fault: undefined }
    const { h, k, l, f2, sigma } = read.reflection
    numbers.push(h, k, l, f2, sigma)
  }
  return { packed: Float64Array.from(numbers), lines, ended: false, fault: undefined }
}

/** The parts that count, in order: nothing after the end of the list. @throws {AnswerError} ERR_BAD_HKL as the actor `reflections` does */
export function joined(path: string, parts: readonly Part[]): Float64Array[] {
  const packed: Float64Array[] = []
  let before = 0
  for (const part of parts) {
    if (part.fault !== undefined) {
      const { field, column, text, expected } = part.fault
      const line = before + part.lines
      const at = `line ${String(line)}, column ${String(column)}`
      const message = `${path}: ${at}: ${field}: expected ${expected}, got ${JSON.stringify(text)}`
      throw new AnswerError("ERR_BAD_HKL", message, { path, line, ...part.fault })
    }
    packed.push(part.packed)
    before += part.lines
    if (part.ended) break
  }
  return packed
}

/** Puts the reflections into so many bundles; those of one h come into the same one. */
export function bundled(parts: readonly Float64Array[], bundles: number): Float64Array[] {
  const all = Array.from({ length: bundles }, (): number[] => [])
  for (const packed of parts) {
    for (let at = 0; at < packed.length; at += FIELDS) {
      const h = packed[at] as number
      const bundle = all[((h % bundles) + bundles) % bundles]
      for (let field = 0; field < FIELDS; field++) bundle?.push(packed[at + field] as number)
    }
  }
  return all.map((numbers) => Float64Array.from(numbers))
}

/** Merges one bundle. */
export function shareOf(packed: Float64Array): Share {
  const weighted = reflectionsOf(packed).filter(hasWeight)
  const { merged, groups, rInt } = mergeEquivalents(weighted)
  const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0)
  const single = merged.filter(({ n }) => n === 1)
  const repeatedF2 = groups === 0 ? 0 : sum(weighted, ({ f2 }) => f2) - sum(single, ({ f2 }) => f2)
  return {
    weighted: weighted.length,
    unique: merged.length,
    groups,
    strength: {
      measured: (meanF2OverSigma(weighted) ?? 0) * weighted.length,
      merged: (meanF2OverSigma(merged) ?? 0) * merged.length,
    },
    repeated: { spread: (rInt ?? 0) * repeatedF2, f2: repeatedF2 },
    merged: { sigma: sum(merged, ({ sigma }) => sigma), f2: sum(merged, ({ f2 }) => f2) },
  }
}

function reflectionsOf(packed: Float64Array): Reflection[] {
  return Array.from({ length: packed.length / FIELDS }, (_, i) => {
    const [h = 0, k = 0, l = 0, f2 = 0, sigma = 0] = packed.subarray(i * FIELDS, (i + 1) * FIELDS)
    return { h, k, l, f2, sigma }
  })
}

async function textOf(path: string, [from, to]: Range): Promise<string> {
  try {
    const file = await open(path)
    try {
      const buffer = Buffer.alloc(to - from)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
      return buffer.toString("latin1", 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new AnswerError("ERR_UNREADABLE_FILE", `${path}: it cannot be read (${code})`, {
      path,
      cwd: process.cwd(),
      cause: code,
    })
  }
}
