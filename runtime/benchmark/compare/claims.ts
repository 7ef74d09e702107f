// Claims — what is commonly said of threads and processes, each next to what was measured here. A claim that the figures cannot decide
// is said to depend, with the figures.

import { shownBytes } from "./shown-bytes.js"
import type { Claim, Report, RoundSpread, WorkloadReport } from "./report-schema.js"
import { cannotTell, compared, shownFigure, shownRange } from "./verdict.js"

type Measured = Pick<Report, "handovers" | "workloads" | "machine" | "others">
type Judged = Pick<Claim, "verdict" | "measured">

/** So many times as much with several workers as with one is taken for use of several cores; of many, half of what they could do. */
const SCALES = 1.5
const SHARE = 0.5

export function claimsOn(measured: Measured): Claim[] {
  const threads = (claim: string, judged: Judged): Claim => ({ claim, of: "threads", ...judged })
  const processes = (claim: string, judged: Judged): Claim => ({ claim, of: "processes", ...judged })
  const memory = less(measured, { id: "memory", a: "thread", b: "process", unit: "MiB (PSS)" })
  const opinion: Judged = { verdict: "not measured", measured: "a matter of people, not of machines" }
  return [
    threads("low memory footprint", memory),
    threads("easier access by shared memory", sharing(measured)),
    threads(
      "responsive user interfaces",
      less(measured, { id: "timers", a: "work thread", b: "work inline", unit: "ms late in nine of ten cases" }),
    ),
    threads("good for I/O-bound code", scaling(measured, "io-scaling", "thread")),
    threads("bound by the GIL", opposite(scaling(measured, "cpu-scaling", "thread"))),
    threads("cannot be interrupted or killed", killable(measured, "thread", "does not hold")),
    threads("need synchronisation primitives, which are tricky", losses(measured)),
    threads("harder to understand", opinion),
    processes("no shared memory", mapped(measured)),
    processes("straightforward code", opinion),
    processes("take advantage of many CPUs", scaling(measured, "cpu-scaling", "process")),
    processes("need fewer synchronisation primitives", owned(measured)),
    processes("killable", killable(measured, "process", "holds")),
    processes("good for CPU-bound code", scaling(measured, "cpu-scaling", "process")),
    processes("inter-process communication has more overhead", overhead(measured)),
    processes("larger memory footprint", memory),
  ]
}

function missing(what: string, why?: string): Judged {
  return { verdict: "not measured", measured: why === undefined ? `${what}: not measured here` : `${what}: ${why}` }
}

type Outcome = WorkloadReport["points"][number]["outcome"]

function outcomeOf({ workloads }: Measured, id: string, at: readonly [series: string, x?: number]): Outcome | undefined {
  const [series, x] = at
  return workloads.find((one) => one.id === id)?.points.find((point) => point.series === series && point.x === x)?.outcome
}

function figureOf(measured: Measured, id: string, at: readonly [series: string, x?: number]): RoundSpread | undefined {
  const outcome = outcomeOf(measured, id, at)
  return outcome?.status === "measured" ? outcome.spread : undefined
}

/** The most that worked at once in a series, measured or not; 0 when there is none. */
function mostOf({ workloads }: Measured, id: string, series: string): number {
  const points = workloads.find((one) => one.id === id)?.points ?? []
  return Math.max(0, ...points.filter((point) => point.series === series).map(({ x = 0 }) => x))
}

function p50({ handovers }: Measured, carrier: string, bytes: number): RoundSpread | undefined {
  const row = handovers.find((one) => one.carrier === carrier && one.bytes === bytes)
  return row?.outcome.status === "measured" ? row.outcome.p50 : undefined
}

interface Two {
  readonly id: string
  readonly a: string
  readonly b: string
  readonly unit: string
}

/** Holds when the first is less than the second. */
function less(measured: Measured, { id, a, b, unit }: Two): Judged {
  return judged(figureOf(measured, id, [a]), figureOf(measured, id, [b]), { a, b, unit })
}

function judged(first: RoundSpread | undefined, second: RoundSpread | undefined, { a, b, unit }: Omit<Two, "id">): Judged {
  if (first === undefined || second === undefined) return missing(`${a} against ${b}`)
  const verdict = compared(first, second)
  if (verdict === "cannot tell apart")
    return { verdict: "depends", measured: `${a} and ${b}: ${cannotTell(first, second, unit)}` }
  const words = `${a} ${shownRange(first)}, ${b} ${shownRange(second)} ${unit}`
  return { verdict: verdict === "less" ? "holds" : "does not hold", measured: words }
}

/** Sharing against sending between threads, at the smallest and the largest payload that both take: both must agree. */
function sharing(measured: Measured): Judged {
  const taken = (carrier: string, bytes: number): boolean => p50(measured, carrier, bytes) !== undefined
  const sizes = sizesOf(measured).filter((bytes) => taken("thread-shared", bytes) && taken("thread-actor", bytes))
  const each = [...new Set([sizes[0], sizes.at(-1)])].flatMap((bytes) => {
    if (bytes === undefined) return []
    const words = { a: `${shownBytes(bytes)} shared`, b: "sent", unit: "µs" }
    return [judged(p50(measured, "thread-shared", bytes), p50(measured, "thread-actor", bytes), words)]
  })
  return agreed(each, "sharing between threads")
}

function overhead(measured: Measured): Judged {
  const [bytes] = sizesOf(measured)
  if (bytes === undefined) return missing("messages")
  const words = { a: `${shownBytes(bytes)} to a thread`, b: "to a process", unit: "µs" }
  return judged(p50(measured, "thread-actor", bytes), p50(measured, "process-actor", bytes), words)
}

function agreed(each: readonly Judged[], what: string): Judged {
  const [first] = each
  if (first === undefined) return missing(what)
  const same = each.every(({ verdict }) => verdict === first.verdict)
  return { verdict: same ? first.verdict : "depends", measured: each.map((one) => one.measured).join("; ") }
}

/** Holds when several workers get clearly more done than one. Where others had the cores, or there is but one, that they do not says nothing. */
function scaling(measured: Measured, id: string, series: string): Judged {
  const most = mostOf(measured, id, series)
  const [one, many] = [figureOf(measured, id, [series, 1]), figureOf(measured, id, [series, most])]
  if (one === undefined || many === undefined || most < 2) return missing("several workers")
  const [least, best] = [many.min / one.max, many.max / one.min]
  const words = `${String(most)} workers do ${shownFigure(least)} to ${shownFigure(best)} times as much as one`
  if (least >= Math.max(SCALES, SHARE * most)) return { verdict: "holds", measured: words }
  const { machine, others } = measured
  if (machine.cores < 2) return { verdict: "depends", measured: `${words}; one core is too few to tell` }
  if (!others.quiet) return { verdict: "depends", measured: `${words}, while others took part of the cores: too noisy to tell` }
  return { verdict: best < SCALES ? "does not hold" : "depends", measured: words }
}

function opposite({ verdict, measured }: Judged): Judged {
  const other = { holds: "does not hold", "does not hold": "holds", depends: "depends", "not measured": "not measured" } as const
  return { verdict: other[verdict], measured }
}

function killable(measured: Measured, series: string, verdict: Claim["verdict"]): Judged {
  const outcome = outcomeOf(measured, "kill", [series])
  if (outcome?.status !== "measured") return missing("killing it", outcome?.why)
  const figure = outcome.spread
  return { verdict, measured: `killed inside for(;;); and verified in ${shownRange(figure)} ms` }
}

function losses(measured: Measured): Judged {
  const figure = figureOf(measured, "lost-updates", ["thread × shared memory"])
  if (figure === undefined) return missing("updates without a lock")
  if (figure.max === 0) return { verdict: "depends", measured: "without a lock no update was lost here; nothing promises that" }
  return { verdict: "holds", measured: `without a lock ${shownRange(figure)} % of all updates were lost` }
}

/** By several at once: one alone needs no primitive anyhow. Each round has checked that no update was lost. */
function owned(measured: Measured): Judged {
  const series = "process × messages to an owner"
  const most = mostOf(measured, "contended", series)
  const outcome = outcomeOf(measured, "contended", [series, most])
  if (most < 2 || outcome?.status !== "measured")
    return missing(
      "several processes that update one value by messages",
      outcome?.status === "measured" ? undefined : outcome?.why,
    )
  return {
    verdict: "holds",
    measured: `${String(most)} processes updated one value by messages to its owner, ${shownRange(outcome.spread)} times a second: no lock, no update lost`,
  }
}

function mapped(measured: Measured): Judged {
  const [bytes] = sizesOf(measured)
  const figure = bytes === undefined ? undefined : p50(measured, "process-shared", bytes)
  if (figure === undefined || bytes === undefined) return missing("a file mapped by two processes")
  return {
    verdict: "does not hold",
    measured: `${shownBytes(bytes)} handed over in a file that two processes have mapped: ${shownRange(figure)} µs`,
  }
}

function sizesOf({ handovers }: Measured): number[] {
  return [...new Set(handovers.filter(({ outcome }) => outcome.status === "measured").map(({ bytes }) => bytes))].sort(
    (a, b) => a - b,
  )
}
