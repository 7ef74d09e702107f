// The fast Fourier transform against its definition, and against transforms that are known in closed form.

import { describe, expect, it } from "vitest"
import {
  bitReversed,
  combine,
  distanceOf,
  energyOf,
  naiveTransform,
  rootsOf,
  type Signal,
  transform,
} from "../../actors/examples/fft/kernel.js"
import { randomFrom } from "../../actors/examples/harness/random.js"

function signalOf(n: number, re: (j: number) => number, im: (j: number) => number = () => 0): Signal {
  return { re: Float64Array.from({ length: n }, (_, j) => re(j)), im: Float64Array.from({ length: n }, (_, j) => im(j)) }
}

function noise(n: number): Signal {
  const random = randomFrom(n)
  return signalOf(
    n,
    () => random() - 0.5,
    () => random() - 0.5,
  )
}

function fast(signal: Signal): Signal {
  const result = signalOf(signal.re.length, () => 0)
  bitReversed(signal, result, [0, signal.re.length])
  transform(result, rootsOf(signal.re.length))
  return result
}

describe("the fast Fourier transform", () => {
  it.each([1, 2, 8, 64])("of %i points begins with a reversal that can be shared out", (n) => {
    const signal = noise(n)
    const whole = signalOf(n, () => 0)
    bitReversed(signal, whole, [0, n])
    for (let at = 0; at <= n; at++) {
      const parts = signalOf(n, () => 0)
      bitReversed(signal, parts, [0, at])
      bitReversed(signal, parts, [at, n])
      expect(parts).toEqual(whole)
    }
    if (n === 8) expect([...whole.re]).toEqual([0, 4, 2, 6, 1, 5, 3, 7].map((at) => signal.re[at]))
  })

  it.each([1, 2, 4, 8, 64, 512])("of %i points is what the definition gives", (n) => {
    const signal = noise(n)
    expect(distanceOf(fast(signal), naiveTransform(signal))).toBeLessThan(1e-12 * n)
  })

  it("of an impulse is flat, of a constant is one impulse, of a wave is one line", () => {
    expect(
      distanceOf(
        fast(signalOf(64, (j) => Number(j === 0))),
        signalOf(64, () => 1),
      ),
    ).toBeLessThan(1e-12)
    expect(
      distanceOf(
        fast(signalOf(64, () => 1)),
        signalOf(64, (k) => (k === 0 ? 64 : 0)),
      ),
    ).toBeLessThan(1e-12)
    const wave = signalOf(
      64,
      (j) => Math.cos((2 * Math.PI * 5 * j) / 64),
      (j) => Math.sin((2 * Math.PI * 5 * j) / 64),
    )
    expect(
      distanceOf(
        fast(wave),
        signalOf(64, (k) => (k === 5 ? 64 : 0)),
      ),
    ).toBeLessThan(1e-11)
  })

  it("keeps the energy, as Parseval's theorem says", () => {
    const signal = noise(4096)
    expect(energyOf(fast(signal)) / 4096).toBeCloseTo(energyOf(signal), 9)
  })

  it("is the same when parts are transformed first and combined piece by piece", () => {
    const signal = noise(256)
    const roots = rootsOf(256)
    const pieces = signalOf(256, () => 0)
    bitReversed(signal, pieces, [0, 256])
    for (let from = 0; from < 256; from += 64)
      transform({ re: pieces.re.subarray(from, from + 64), im: pieces.im.subarray(from, from + 64) }, roots)
    for (let half = 64; half < 256; half *= 2)
      for (let at = 0; at < 256; at += 2 * half)
        for (let k = 0; k < half; k += 16) combine(pieces, { at: at + k, count: 16, half, k }, roots)
    expect(distanceOf(pieces, fast(signal))).toBe(0)
  })

  it("a difference that is no number is not taken for agreement", () => {
    expect(
      distanceOf(
        signalOf(2, () => NaN),
        signalOf(2, () => 0),
      ),
    ).toBeNaN()
  })
})
