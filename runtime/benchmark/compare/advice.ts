// Advice — what follows from the figures, in sentences that begin with what to do and carry what it follows from. Where rounds overlap nobody wins.

import type { CarrierId } from "./carrier.js"
import { shownBytes } from "./shown-bytes.js"
import type { Handover, RoundSpread, WorkloadReport } from "./report-schema.js"
import { cannotTell, compared, shownFigure, shownRange, type Verdict } from "./verdict.js"

interface Side {
  readonly carrier: CarrierId
  /** What to do: `share`. */
  readonly take: string
  /** What takes so long: `sharing`. */
  readonly name: string
}

/** Share or send, in each place; and thread or process, for messages. */
const CHOICES: readonly { readonly where: string; readonly sides: readonly [Side, Side] }[] = [
  { where: "Within a process", sides: [side("thread-shared", "share", "sharing"), side("thread-actor", "send", "sending")] },
  { where: "Between processes", sides: [side("process-shared", "share", "sharing"), side("process-actor", "send", "sending")] },
  {
    where: "For messages",
    sides: [side("thread-actor", "take a thread", "a thread"), side("process-actor", "take a process", "a process")],
  },
]

function side(carrier: CarrierId, take: string, name: string): Side {
  return { carrier, take, name }
}

type P50 = (carrier: CarrierId, bytes: number) => RoundSpread | undefined

/** Two sides at one size. */
interface Pair {
  readonly bytes: number
  readonly verdict: Verdict
  readonly figures: readonly [RoundSpread, RoundSpread]
}

export function adviceOn(handovers: readonly Handover[], workloads: readonly WorkloadReport[] = []): string[] {
  const p50: P50 = (carrier, bytes) => {
    const outcome = handovers.find((row) => row.carrier === carrier && row.bytes === bytes)?.outcome
    return outcome?.status === "measured" ? outcome.p50 : undefined
  }
  const sizes = [...new Set(handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const chosen = CHOICES.flatMap(({ where, sides }) => {
    const pairs = sizes.flatMap((bytes): Pair[] => {
      const [a, b] = [p50(sides[0].carrier, bytes), p50(sides[1].carrier, bytes)]
      return a === undefined || b === undefined ? [] : [{ bytes, verdict: compared(a, b), figures: [a, b] }]
    })
    return pairs.length === 0 ? [] : [`${where}, ${choiceWords(sides, pairs)}.`]
  })
  return [...chosen, ...costWords(workloads), ...inlineWords(sizes, p50)]
}

function choiceWords(sides: readonly [Side, Side], pairs: readonly Pair[]): string {
  const of = (verdict: Verdict): Pair[] => pairs.filter((pair) => pair.verdict === verdict)
  const [first, second, neither] = [of("less"), of("more"), of("cannot tell apart")]
  const won = [wonWords(sides, first, pairs.length), wonWords(sides, second, pairs.length)].filter((words) => words !== "")
  const ties = tieWords(neither)
  if (won.length === 0) return `${sides[0].take} or ${sides[1].take} as you like: ${ties}`
  const what = won.length === 2 ? "it depends on the size" : sides[first.length > 0 ? 0 : 1].take
  return `${what}: ${[...won, ...(ties === "" ? [] : [ties])].join("; ")}`
}

/** Where one side is sooner, with the figures of the smallest and the largest of those sizes. */
function wonWords(sides: readonly [Side, Side], won: readonly Pair[], of: number): string {
  const [first] = won
  const last = won.at(-1)
  if (first === undefined || last === undefined) return ""
  const figures = (first === last ? [first] : [first, last]).map((pair) => pairWords(sides, pair)).join("; ")
  if (of === 1) return figures
  const { name } = sides[first.verdict === "less" ? 0 : 1]
  return `${name} is sooner at ${won.length === of ? `all ${String(of)}` : `${String(won.length)} of ${String(of)}`} sizes: ${figures}`
}

/** Where nobody is: the figures of the first two sizes, and which others there are. */
function tieWords(ties: readonly Pair[]): string {
  if (ties.length === 0) return ""
  const told = ties.slice(0, 2).map(({ bytes, figures: [a, b] }) => `at ${shownBytes(bytes)} ${cannotTell(a, b, "µs")}`)
  const others = ties.slice(2).map(({ bytes }) => shownBytes(bytes))
  return [...told, ...(others.length === 0 ? [] : [`nor at ${others.join(", ")}`])].join("; ")
}

/** `sharing takes 0.4–0.41 against 7.61–27.7 µs at 64 B, at least 18.5 times sooner`. */
function pairWords(sides: readonly [Side, Side], { bytes, verdict, figures: [a, b] }: Pair): string {
  const [winner, quick, slow] = verdict === "less" ? [sides[0], a, b] : [sides[1], b, a]
  return `${winner.name} takes ${shownRange(quick)} against ${shownRange(slow)} µs at ${shownBytes(bytes)}, at least ${shownFigure(slow.min / quick.max)} times sooner`
}

/** What a process costs beyond a thread, of which the choice between them speaks as well. */
const COSTS = [
  { id: "memory", unit: "MiB of memory" },
  { id: "spawn", unit: "ms to start" },
] as const

function costWords(workloads: readonly WorkloadReport[]): string[] {
  const of = (id: string, series: string): RoundSpread | undefined => {
    const outcome = workloads.find((one) => one.id === id)?.points.find((point) => point.series === series)?.outcome
    return outcome?.status === "measured" ? outcome.spread : undefined
  }
  const costs = COSTS.flatMap(({ id, unit }) => {
    const [thread, process] = [of(id, "thread"), of(id, "process")]
    if (thread === undefined || process === undefined) return []
    if (compared(thread, process) === "cannot tell apart") return [cannotTell(thread, process, unit)]
    return [`${shownRange(thread)} against ${shownRange(process)} ${unit}`]
  })
  return costs.length === 0 ? [] : [`To have, a thread costs, against a process: ${costs.join("; ")}.`]
}

/** From which work on it is worth leaving the event loop: below the least that handing over has taken, it is done sooner where it is. */
function inlineWords(sizes: readonly number[], p50: P50): string[] {
  const [bytes] = sizes
  const inline = bytes === undefined ? undefined : p50("inline", bytes)
  if (bytes === undefined || inline === undefined) return []
  const away = (["thread-actor", "process-actor"] as const).flatMap((carrier) => {
    const spread = p50(carrier, bytes)
    if (spread === undefined || compared(inline, spread) !== "less") return []
    const where = carrier === "thread-actor" ? "a thread" : "a process"
    return [
      {
        costs: `${shownRange(spread)} µs to ${where}`,
        worth: [`what takes less than ${shownFigure(spread.min)} µs`, where] as const,
      },
    ]
  })
  if (away.length === 0) return []
  const costs = away.map((one) => one.costs).join(" and ")
  const worth = away
    .map(({ worth: [what, where] }, i) => `${what}${i === 0 ? " is done sooner" : ""} without ${where}`)
    .join(", ")
  return [
    `Short work, do where you are: a message of ${shownBytes(bytes)} takes ${shownRange(inline)} µs inline, ${costs}; ${worth}.`,
  ]
}
