// SHELX HKLF 4 — one line, one measured reflection, read by column as Fortran's FORMAT(3I4,2F8.2,I4) reads it:
//   h, k, l in columns 1–4, 5–8, 9–12 · F² in 13–20 · σ(F²) in 21–28 · batch number in 29–32, often left out
// Fields may touch: "   2737339.017287.40" is l = 2, F² = 737339.0, σ = 17287.40. A number without a decimal point has its last
// two digits behind it. h = k = l = 0, or a blank line, ends the list; what follows is not data.
// Source: the SHELX manual, instruction HKLF.

/** One measurement: Miller indices, F² and its standard uncertainty, in the file's own scale. */
export interface Reflection {
  readonly h: number
  readonly k: number
  readonly l: number
  readonly f2: number
  readonly sigma: number
}

/** Why a line is none: the field by name, its first column (from 1), what stands there, and what should. */
export interface Fault {
  readonly field: string
  readonly column: number
  readonly text: string
  readonly expected: string
}

/** What a line says. */
export type Line =
  | { readonly type: "reflection"; readonly reflection: Reflection }
  | { readonly type: "end" }
  | { readonly type: "fault"; readonly fault: Fault }

interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
}

const H: Field = { name: "h", from: 0, to: 4 }
const K: Field = { name: "k", from: 4, to: 8 }
const L: Field = { name: "l", from: 8, to: 12 }
const F2: Field = { name: "F²", from: 12, to: 20 }
const SIGMA: Field = { name: "σ(F²)", from: 20, to: 28 }
const BATCH: Field = { name: "batch number", from: 28, to: 32 }

const INTEGER = /^ *[+-]?\d+ *$/
// Two digits of exponent at most keep every sum and quotient of a list finite.
const REAL = /^ *([+-]?(?:\d+\.?\d*|\.\d+))(?:[eEdD]([+-]?\d{1,2}))? *$/

/** Reads one line, given without its end. */
export function readLine(line: string): Line {
  if (line.trim() === "") return { type: "end" }
  const faults: Fault[] = []
  const read = (field: Field, as: (text: string) => number | undefined, expected: string): number => {
    const text = line.slice(field.from, field.to)
    const value = as(text)
    if (value === undefined) faults.push({ field: field.name, column: field.from + 1, text, expected: missing(text) ?? expected })
    return value ?? 0
  }
  const h = read(H, integer, "an integer")
  const k = read(K, integer, "an integer")
  const l = read(L, integer, "an integer")
  if (h === 0 && k === 0 && l === 0 && faults.length === 0) return { type: "end" }
  const f2 = read(F2, real, "a number")
  const sigma = read(SIGMA, real, "a number")
  if (line.slice(BATCH.from, BATCH.to).trim() !== "") read(BATCH, integer, "an integer or nothing")
  const [fault] = faults
  return fault === undefined ? { type: "reflection", reflection: { h, k, l, f2, sigma } } : { type: "fault", fault }
}

function missing(text: string): string | undefined {
  return text.trim() === "" ? "a number, but the line is too short or the field blank" : undefined
}

function integer(text: string): number | undefined {
  // Adding 0 makes 0 of -0.
  return INTEGER.test(text) ? Number(text) + 0 : undefined
}

function real(text: string): number | undefined {
  const [, digits, exponent] = REAL.exec(text) ?? []
  if (digits === undefined) return undefined
  const value = Number(`${digits}e${exponent ?? "0"}`)
  return digits.includes(".") ? value : value / 100
}
