// BenchCase — one thing measured, and what a round of it gives.

/** A case of a benchmark. Rounds of all cases are interleaved, so that the machine's moods meet all alike. */
export interface BenchCase {
  /** As reports name it. */
  readonly name: string
  /** Unit of the figure: operations per second, or what one takes. */
  readonly unit: "per second" | "ms" | "µs" | "ns" | "bytes"
  /** The case this one is compared with. @default the group's */
  readonly baseline?: string
  /** The processes that do its work. @default this one */
  readonly processes?: readonly number[]
  /** Runs one round and gives its figure, or one of each sample. Throws when what was done is not what should have been. */
  round(): Promise<number | readonly number[]>
}

/** Cases of one path, with what they are compared with. */
export interface BenchGroup {
  readonly question: string
  readonly cases: readonly BenchCase[]
  /** The case the others are compared with; undefined where the figures stand for themselves. */
  readonly baseline: string | undefined
  /** What is promised of a case, as a multiple of the baseline or as a figure of its own. */
  readonly aims: readonly Aim[]
  /** How many rounds do not count. @default 3 */
  readonly warmUps?: number
  end(): Promise<void>
}

/** A median that is to be reached: at least so much, or at most. */
export type Aim = { readonly case: string; readonly of: "baseline" | "absolute" } & (
  { readonly atLeast: number } | { readonly atMost: number }
)
