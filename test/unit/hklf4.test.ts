import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readLine } from "../../actors/reflections/hklf4.js"

/** One line as Fortran's FORMAT(3I4,2F8.2,I4) writes it. */
function written(indices: readonly number[], f2: string, sigma: string): string {
  return indices.map((index) => String(index).padStart(4)).join("") + f2.padStart(8) + sigma.padStart(8)
}

function reflectionOf(line: string): unknown {
  const read = readLine(line)
  return read.type === "reflection" ? read.reflection : read
}

function faultOf(line: string): unknown {
  const read = readLine(line)
  return read.type === "fault" ? read.fault : read
}

describe("a line of HKLF 4", () => {
  it("has its fields by column, also where they touch", () => {
    expect(reflectionOf("  -1   1   1 52001.5 1260.87   1")).toEqual({ h: -1, k: 1, l: 1, f2: 52001.5, sigma: 1260.87 })
    expect(reflectionOf("   0   0   2737339.017287.40   1")).toEqual({ h: 0, k: 0, l: 2, f2: 737339, sigma: 17287.4 })
    expect(reflectionOf("-100-200-30099999.9912345.67")).toEqual({ h: -100, k: -200, l: -300, f2: 99999.99, sigma: 12345.67 })
  })

  it("needs no batch number, and may go on behind it", () => {
    const expected = { h: 1, k: 2, l: 3, f2: -4.5, sigma: 0.25 }
    expect(reflectionOf("   1   2   3   -4.50    0.25")).toEqual(expected)
    expect(reflectionOf("   1   2   3   -4.50    0.25  -2 0.71073 anything")).toEqual(expected)
    expect(reflectionOf("   1   2   3   -4.5    .25")).toEqual(expected)
  })

  it("has two decimals where no point is written, as Fortran reads it", () => {
    expect(reflectionOf("   1   2   3   12345    -678")).toEqual({ h: 1, k: 2, l: 3, f2: 123.45, sigma: -6.78 })
  })

  it("may have exponents of two digits", () => {
    expect(reflectionOf("   1   2   3 1.5E+03 2.5d-01")).toEqual({ h: 1, k: 2, l: 3, f2: 1500, sigma: 0.25 })
    expect(faultOf("   1   2   31.0E+308     1.0")).toMatchObject({ field: "F²", text: "1.0E+308" })
  })

  it("ends the list when its indices are zero, whatever else it holds, and when it is blank", () => {
    for (const line of ["   0   0   0    0.00    0.00   0", "   0   0   0", "   0  -0   0 123.000 garbage", "", "      "]) {
      expect(readLine(line)).toEqual({ type: "end" })
    }
  })

  it("names the first field that is none, its column and its text", () => {
    expect(faultOf("   a   2   3    4.50    0.25")).toEqual({ field: "h", column: 1, text: "   a", expected: "an integer" })
    expect(faultOf("   1 2.0   3    4.50    0.25")).toMatchObject({ field: "k", column: 5, text: " 2.0" })
    expect(faultOf("   1   2\t3      4.50    0.25")).toMatchObject({ field: "l", column: 9, text: "\t3  " })
    expect(faultOf("   1   2   3     NaN    0.25")).toMatchObject({
      field: "F²",
      column: 13,
      text: "     NaN",
      expected: "a number",
    })
    expect(faultOf("   1   2   3    4.50    0,25")).toMatchObject({ field: "σ(F²)", column: 21, text: "    0,25" })
    expect(faultOf("   1   2   3    4.50    0.25  b1")).toMatchObject({ field: "batch number", column: 29, text: "  b1" })
    expect(faultOf("x  0   0   0")).toMatchObject({ field: "h" })
  })

  it("says so when it is too short", () => {
    const expected = "a number, but the line is too short or the field blank"
    expect(faultOf("   1   2")).toEqual({ field: "l", column: 9, text: "", expected })
    expect(faultOf("   1   2   3    4.50")).toEqual({ field: "σ(F²)", column: 21, text: "", expected })
    expect(faultOf("   1   2   3            0.25")).toEqual({ field: "F²", column: 13, text: "        ", expected })
  })

  it("is read back as it was written", () => {
    const index = fc.integer({ min: -999, max: 9999 })
    const number = fc.integer({ min: -9_999_999, max: 99_999_999 }).map((hundredths) => hundredths / 100)
    fc.assert(
      fc.property(fc.tuple(index, index, index), number, number, ([h, k, l], f2, sigma) => {
        fc.pre(h !== 0 || k !== 0 || l !== 0)
        expect(reflectionOf(written([h, k, l], f2.toFixed(2).slice(0, 8), sigma.toFixed(2).slice(0, 8)))).toEqual({
          h,
          k,
          l,
          f2: Number(f2.toFixed(2).slice(0, 8)),
          sigma: Number(sigma.toFixed(2).slice(0, 8)),
        })
      }),
    )
  })

  it("never gives a number that is not finite, whatever it holds", () => {
    const piece = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[ 0-9.eE+-]{0,40}$/))
    fc.assert(
      fc.property(piece, (line) => {
        const read = readLine(line)
        if (read.type === "reflection") expect(Object.values(read.reflection).every(Number.isFinite)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
