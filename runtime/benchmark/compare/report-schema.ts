// The schema of a report: what `troupe compare --json` prints and `--against` reads. docs/compare.md says it in prose.

import { z } from "zod"
import { CARRIER_IDS } from "./carrier.js"

/** Raised whenever a field changes its meaning. */
export const REPORT_VERSION = 3

const figure = z.number()
/** Medians of the rounds: the median one, the least and the most, and of how many rounds; left out, of enough to go by the range alone. */
const spread = z.object({ median: figure, min: figure, max: figure, rounds: z.int().optional() })
const cpu = z.object({ here: figure, there: figure, between: figure.optional() })
/** Not possible is what no machine can do, such as more in a message than it holds. */
const unmeasured = z.object({ status: z.enum(["not measured", "not possible"]), why: z.string() })

const handover = z.object({
  carrier: z.enum(CARRIER_IDS),
  /** Of the payload; of a value of the user's own, as msgpack. */
  bytes: z.int(),
  outcome: z.discriminatedUnion("status", [
    z.object({
      status: z.literal("measured"),
      rounds: z.int(),
      /** Timed handovers, one at a time. */
      samples: z.int(),
      /** Microseconds from handing over to the receipt: spread of the rounds' medians. */
      p50: spread,
      /** Of all samples; left out when there are too few. */
      p99: figure.optional(),
      p999: figure.optional(),
      /** Handovers per second with several under way: spread of the rounds. */
      perSecond: spread,
      inFlight: z.int(),
      /** Microseconds of processor time per handover with several under way, per side; left out where it cannot be told. */
      cpu: cpu.optional(),
      /** Bytes copied for one handover, counted on both sides and in the kernel, with what nobody can count by how it works; left out where it was not counted. */
      copiedBytes: z.int().optional(),
      /** Handovers whose receipt was right: all of them, or there would be no figure. */
      verified: z.int(),
    }),
    unmeasured,
  ]),
})

const offered = z.object({
  carrier: z.enum(CARRIER_IDS),
  bytes: z.int(),
  /** Handovers per second that were due. */
  rate: figure,
  outcome: z.discriminatedUnion("status", [
    z.object({
      status: z.literal("measured"),
      /** Whether it kept up: 98 % of what was due was done in the time. */
      keptUp: z.boolean(),
      achieved: figure,
      /** Microseconds since each handover was due, not since it was begun: corrected for coordinated omission. */
      p50: spread,
      p99: figure.optional(),
      samples: z.int(),
    }),
    unmeasured,
  ]),
})

const point = z.object({
  series: z.string(),
  /** Where it stands on the horizontal axis; left out where there is none. */
  x: figure.optional(),
  outcome: z.discriminatedUnion("status", [z.object({ status: z.literal("measured"), spread, rounds: z.int() }), unmeasured]),
})

const workload = z.object({
  id: z.string(),
  title: z.string(),
  question: z.string(),
  unit: z.string(),
  better: z.enum(["less", "more"]),
  /** What the horizontal axis shows; left out where there is none. */
  axis: z.string().optional(),
  notes: z.array(z.string()),
  points: z.array(point),
})

const claim = z.object({
  /** As the talk has it. */
  claim: z.string(),
  of: z.enum(["threads", "processes"]),
  verdict: z.enum(["holds", "does not hold", "depends", "not measured"]),
  measured: z.string(),
})

export const reportSchema = z.object({
  report: z.literal("troupe compare"),
  version: z.literal(REPORT_VERSION),
  at: z.iso.datetime(),
  mode: z.enum(["quick", "default", "thorough"]),
  tookSeconds: figure,
  payload: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.int(),
    memoryGiB: figure,
    system: z.string(),
    node: z.string(),
    governor: z.string(),
    load: figure,
    natsServer: z.string(),
    /** Microseconds that reading the clock takes: no latency is known better. */
    clockUs: figure,
  }),
  /** What others took of the machine: shares of all cores, 0 to 1, while nothing of ours ran. */
  others: z.object({ before: figure, during: z.array(figure), after: figure, quiet: z.boolean(), words: z.string() }),
  handovers: z.array(handover),
  offered: z.array(offered),
  /** For each size and rate that were offered: the carriers that kept up and were quickest; several when they cannot be told apart. */
  breakEven: z.array(
    z.object({ bytes: z.int(), rate: figure, thread: z.array(z.enum(CARRIER_IDS)), process: z.array(z.enum(CARRIER_IDS)) }),
  ),
  workloads: z.array(workload),
  claims: z.array(claim),
  advice: z.array(z.string()),
  notMeasured: z.array(z.string()),
  /** What has changed since an earlier report, with --against. */
  against: z
    .object({
      at: z.iso.datetime(),
      sameMachine: z.boolean(),
      /** Whether the machine was quiet during both. */
      quiet: z.boolean(),
      /** How many of all figures would seem changed by chance alone, about. */
      byChance: figure,
      /** What lies wholly outside the earlier range: `what` in words, both spreads, and their unit. */
      changes: z.array(
        z.object({ what: z.string(), verdict: z.enum(["better", "worse"]), was: spread, now: spread, unit: z.string() }),
      ),
      /** Figures that cannot be told apart from the earlier ones. */
      same: z.int(),
    })
    .optional(),
})

export type Report = z.infer<typeof reportSchema>
export type Handover = z.infer<typeof handover>
export type MeasuredHandover = Extract<Handover["outcome"], { status: "measured" }>
export type Unmeasured = z.infer<typeof unmeasured>
export type Offered = z.infer<typeof offered>
export type WorkloadReport = z.infer<typeof workload>
export type Claim = z.infer<typeof claim>
export type RoundSpread = z.infer<typeof spread>
