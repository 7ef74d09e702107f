// The radix-2 fast Fourier transform, decimation in time: Xₖ = Σ xⱼ e^(−2πi jk/n).
// Source: J. W. Cooley and J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series" (1965).
// Real and imaginary parts stand in arrays of their own, so that both can be shared memory.

/** Complex numbers. */
export interface Signal {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** Butterflies whose first halves are neighbours: `count` of them from `at`, the k-th and following of their group. */
export interface Butterflies {
  readonly at: number
  readonly count: number
  /** Half the size of the group: how far the partners are from each other. */
  readonly half: number
  readonly k: number
}

/** e^(−2πi t/n) for t from 0 to n/2. */
export function rootsOf(n: number): Signal {
  const re = new Float64Array(Math.max(1, n / 2))
  const im = new Float64Array(re.length)
  for (let t = 0; t < re.length; t++) {
    re[t] = Math.cos((-2 * Math.PI * t) / n)
    im[t] = Math.sin((-2 * Math.PI * t) / n)
  }
  return { re, im }
}

/**
 * Puts each number where its index, read backwards in bits, points to; done first, it brings every sub-problem together. Fills a range of
 * the result, so that ranges can be shared out.
 */
export function bitReversed(from: Signal, into: Signal, [begin, end]: readonly [begin: number, end: number]): void {
  const n = from.re.length
  let j = 0
  for (let bit = 1, mirrored = n >> 1; bit < n; bit <<= 1, mirrored >>= 1) if ((begin & bit) !== 0) j |= mirrored
  for (let i = begin; i < end; i++) {
    into.re[i] = from.re[j] as number
    into.im[i] = from.im[j] as number
    // Adds one to j from the left.
    let bit = n >> 1
    for (; bit > 0 && (j & bit) !== 0; bit >>= 1) j ^= bit
    j |= bit
  }
}

/** Transforms a part that is in bit-reversed order, in place; `roots` may be those of a larger size. */
export function transform(part: Signal, roots: Signal): void {
  const n = part.re.length
  for (let half = 1; half < n; half *= 2)
    for (let at = 0; at < n; at += 2 * half) combine(part, { at, count: half, half, k: 0 }, roots)
}

/** Does some butterflies of one stage in place. */
export function combine({ re, im }: Signal, { at, count, half, k }: Butterflies, roots: Signal): void {
  const { re: rootRe, im: rootIm } = roots
  const stride = rootRe.length / half
  for (let i = 0; i < count; i++) {
    const low = at + i
    const high = low + half
    const root = (k + i) * stride
    const wr = rootRe[root] as number
    const wi = rootIm[root] as number
    const hr = re[high] as number
    const hi = im[high] as number
    const tr = wr * hr - wi * hi
    const ti = wr * hi + wi * hr
    const lr = re[low] as number
    const li = im[low] as number
    re[low] = lr + tr
    im[low] = li + ti
    re[high] = lr - tr
    im[high] = li - ti
  }
}

/** The definition itself, n² steps: to check the fast one by. */
export function naiveTransform({ re, im }: Signal): Signal {
  const n = re.length
  const result = { re: new Float64Array(n), im: new Float64Array(n) }
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n
      const [c, s] = [Math.cos(angle), Math.sin(angle)]
      result.re[k] = (result.re[k] as number) + (re[j] as number) * c - (im[j] as number) * s
      result.im[k] = (result.im[k] as number) + (re[j] as number) * s + (im[j] as number) * c
    }
  }
  return result
}

/** Σ|x|². */
export function energyOf({ re, im }: Signal): number {
  let sum = 0
  for (let i = 0; i < re.length; i++) sum += (re[i] as number) ** 2 + (im[i] as number) ** 2
  return sum
}

/** The largest difference between two signals; NaN when one is no number. */
export function distanceOf(a: Signal, b: Signal): number {
  let largest = 0
  for (let i = 0; i < a.re.length; i++) {
    const apart = Math.hypot((a.re[i] as number) - (b.re[i] as number), (a.im[i] as number) - (b.im[i] as number))
    // It must not look like agreement.
    if (Number.isNaN(apart)) return NaN
    largest = Math.max(largest, apart)
  }
  return largest
}
