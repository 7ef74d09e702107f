// reflections — a real computation on a file: reads measured X-ray reflections (SHELX HKLF 4), sorts them by h, k, l, merges the
// equivalents and says how good they are. The format is in reflections/hklf4.ts, the formulas are in reflections/equivalents.ts.
// Large files keep the loop busy while they are sorted: give this actor a thread or a process of its own.
//
//   npx troupe ask reflections summarise '{"path":"test/fixtures/NaCl.hkl"}'
//   npx troupe ask reflections merged '{"path":"test/fixtures/NaCl.hkl","limit":5}'
//   npx troupe events reflections.progress

import { z } from "zod"
import { Actor, actor, AnswerError, handler } from "../runtime/index.js"
import { chunksOf, linesOf, type ReadOptions } from "./files/input-file.js"
import { hasWeight, meanF2OverSigma, mergeEquivalents, type Merged } from "./reflections/equivalents.js"
import { type Fault, readLine, type Reflection } from "./reflections/hklf4.js"

const Input = z.object({ path: z.string().min(1) })
const Page = Input.extend({ limit: z.int().min(1).max(5000).default(100), offset: z.int().min(0).default(0) })

/** What one file holds. Figures that nothing was measured for are null. */
export interface Summary {
  readonly path: string
  /** Lines with a reflection. */
  readonly measured: number
  /** How many of them were left out because their σ is not positive. */
  readonly rejected: number
  /** How many different h k l there are. */
  readonly unique: number
  /** How many of those were measured twice or more. */
  readonly mergedGroups: number
  /** The mean of F²/σ over the measurements, and over the merged. */
  readonly meanF2OverSigma: { readonly measured: number | null; readonly merged: number | null }
  readonly rInt: number | null
  readonly rSigma: number | null
  /** Whether a line with h = k = l = 0 ended the list; if not, the file may have been cut off. */
  readonly terminated: boolean
}

@actor({ kind: "reflections", module: import.meta.url, description: "Merges measured reflections of a SHELX HKLF 4 file" })
export class Reflections extends Actor {
  /** @throws {AnswerError} ERR_BAD_HKL with the place of what is wrong, or an error of `chunksOf`. */
  @handler({ input: Input })
  async summarise({ path }: z.infer<typeof Input>): Promise<Summary> {
    return summarise(path, await readHklf4(path, this.#options()))
  }

  /** A page of the merged list, sorted by h, k, l. */
  @handler({ input: Page })
  async merged({ path, limit = 100, offset = 0 }: z.input<typeof Page>): Promise<readonly Merged[]> {
    const { reflections } = await readHklf4(path, this.#options())
    return mergeEquivalents(reflections.filter(hasWeight)).merged.slice(offset, offset + limit)
  }

  #options(): ReadOptions {
    return { signal: this.context.signal, onProgress: (progress) => this.context.publish("reflections.progress", progress) }
  }
}

/** What was read of a file. */
export interface Hklf4 {
  readonly reflections: readonly Reflection[]
  readonly terminated: boolean
}

/** @throws {AnswerError} ERR_BAD_HKL for a line that is none and for a file without reflections. */
export async function readHklf4(path: string, options: ReadOptions = {}): Promise<Hklf4> {
  const reflections: Reflection[] = []
  let lineNumber = 0
  let terminated = false
  for await (const text of linesOf(chunksOf(path, options))) {
    lineNumber++
    const line = readLine(text)
    if (line.type === "fault") throw badLine(path, lineNumber, line.fault)
    terminated = line.type === "end"
    if (line.type === "end") break
    reflections.push(line.reflection)
  }
  if (reflections.length === 0) {
    throw new AnswerError(
      "ERR_BAD_HKL",
      `${path}: it holds no reflections; expected lines of h, k, l, F² and σ(F²) in SHELX HKLF 4`,
      { path },
    )
  }
  return { reflections, terminated }
}

function badLine(path: string, line: number, fault: Fault): AnswerError {
  const at = `line ${String(line)}, column ${String(fault.column)}`
  const message = `${path}: ${at}: ${fault.field}: expected ${fault.expected}, got ${JSON.stringify(fault.text)}`
  return new AnswerError("ERR_BAD_HKL", message, { path, line, ...fault })
}

/** The figures of a list. */
export function summarise(path: string, { reflections, terminated }: Hklf4): Summary {
  const weighted = reflections.filter(hasWeight)
  const { merged, groups, rInt, rSigma } = mergeEquivalents(weighted)
  return {
    path,
    measured: reflections.length,
    rejected: reflections.length - weighted.length,
    unique: merged.length,
    mergedGroups: groups,
    meanF2OverSigma: { measured: meanF2OverSigma(weighted), merged: meanF2OverSigma(merged) },
    rInt,
    rSigma,
    terminated,
  }
}
