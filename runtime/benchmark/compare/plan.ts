// How much is measured: sizes, rounds and times, for each of the three modes.

export type Mode = "quick" | "default" | "thorough"

export interface Plan {
  readonly mode: Mode
  readonly sizes: readonly number[]
  readonly rounds: number
  /** Of each carrier, before anything counts. */
  readonly warmUpMs: number
  /** Of each carrier, size and round: one at a time, then several under way. */
  readonly latencyMs: number
  readonly streamMs: number
  /** What is offered, at which sizes, and for how long. */
  readonly rates: readonly number[]
  readonly rateSizes: readonly number[]
  readonly rateMs: number
  readonly workloadMs: number
  /** How long one round of one carrier may take beyond what was planned, until it counts as hung. */
  readonly patienceMs: number
  /** The time for all of it. Where it is short, everything has fewer rounds, but two. */
  readonly mostMs: number
  /** Where even that takes longer: what has not begun by then is left out, and said to be. */
  readonly latestMs: number
}

const KIB = 1024
const MIB = 1024 * KIB

export const PLANS: Readonly<Record<Mode, Plan>> = {
  quick: {
    mode: "quick",
    sizes: [64, 4 * KIB, 64 * KIB, MIB],
    rounds: 3,
    warmUpMs: 80,
    latencyMs: 35,
    streamMs: 35,
    rates: [1000, 10_000],
    rateSizes: [KIB, 64 * KIB],
    rateMs: 50,
    workloadMs: 25,
    patienceMs: 10_000,
    mostMs: 22_000,
    latestMs: 55_000,
  },
  default: {
    mode: "default",
    sizes: [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB],
    rounds: 5,
    warmUpMs: 600,
    latencyMs: 100,
    streamMs: 100,
    rates: [100, 1000, 10_000],
    rateSizes: [KIB, 64 * KIB, MIB],
    rateMs: 400,
    workloadMs: 120,
    patienceMs: 20_000,
    mostMs: 240_000,
    latestMs: 285_000,
  },
  thorough: {
    mode: "thorough",
    sizes: [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB],
    rounds: 15,
    warmUpMs: 2000,
    latencyMs: 250,
    streamMs: 250,
    rates: [100, 1000, 10_000, 100_000],
    rateSizes: [64, KIB, 16 * KIB, 64 * KIB, MIB],
    rateMs: 1000,
    workloadMs: 400,
    patienceMs: 60_000,
    mostMs: 3_600_000,
    latestMs: 4_000_000,
  },
}
