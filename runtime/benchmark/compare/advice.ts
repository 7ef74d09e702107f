// Advice — what follows from the figures, in sentences that carry them. Where rounds overlap nobody wins.

import { carrierWords } from "./carrier-list.js"
import type { CarrierId } from "./carrier.js"
import { shownBytes } from "./shown-bytes.js"
import type { Handover, MeasuredHandover } from "./report-schema.js"
import { cannotTell, compared, shownFigure, shownRange } from "./verdict.js"

interface Row {
  readonly carrier: CarrierId
  readonly bytes: number
  readonly outcome: MeasuredHandover
}

/** For a choice between two ways of the same place, and between the places. */
const CHOICES: readonly { readonly question: string; readonly shared: CarrierId; readonly sent: CarrierId }[] = [
  { question: "Within a process (threads)", shared: "thread-shared", sent: "thread-actor" },
  { question: "Between processes", shared: "process-shared", sent: "process-actor" },
]

export function adviceOn(handovers: readonly Handover[]): string[] {
  const rows = handovers.filter((row): row is Handover & Row => row.outcome.status === "measured")
  const sizes = [...new Set(rows.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const at = (carrier: CarrierId, bytes: number): MeasuredHandover | undefined =>
    rows.find((row) => row.carrier === carrier && row.bytes === bytes)?.outcome
  const sentences: string[] = []
  for (const { question, shared, sent } of CHOICES) {
    const pairs = sizes.flatMap((bytes) => {
      const [a, b] = [at(shared, bytes), at(sent, bytes)]
      return a === undefined || b === undefined ? [] : [{ bytes, a, b }]
    })
    const [smallest] = pairs
    const largest = pairs.at(-1)
    if (smallest === undefined || largest === undefined) continue
    const told = [smallest, ...(largest === smallest ? [] : [largest])].map((pair) => pairWords(pair))
    sentences.push(`${question}, sharing against sending: ${told.join("; ")}.`)
  }
  sentences.push(...placeWords(sizes, at))
  return sentences
}

function pairWords({ bytes, a, b }: { bytes: number; a: MeasuredHandover; b: MeasuredHandover }): string {
  const verdict = compared(a.p50, b.p50)
  const size = shownBytes(bytes)
  if (verdict === "cannot tell apart") return `at ${size} ${cannotTell(a.p50, b.p50, "µs")}`
  const [winner, quick, slow] = verdict === "less" ? (["sharing", a, b] as const) : (["sending", b, a] as const)
  const times = shownFigure(slow.p50.min / quick.p50.max)
  return `at ${size} ${winner} takes ${shownRange(quick.p50)} µs against ${shownRange(slow.p50)} µs, at least ${times} times sooner`
}

/** What leaving the event loop costs: messages to a thread and to a process against the same message inline. */
function placeWords(sizes: readonly number[], at: (carrier: CarrierId, bytes: number) => MeasuredHandover | undefined): string[] {
  const [bytes] = sizes
  if (bytes === undefined) return []
  const inline = at("inline", bytes)
  const away = (["thread-actor", "process-actor"] as const).flatMap((id) => {
    const outcome = at(id, bytes)
    return outcome === undefined ? [] : [{ label: carrierWords(id).label, outcome }]
  })
  if (inline === undefined || away.length === 0) return []
  const costs = away.map(({ label, outcome }) => `${label} ${shownFigure(outcome.p50.median)} µs`)
  const [first] = away
  const worth =
    first === undefined
      ? ""
      : `; work that takes less than about ${shownFigure(first.outcome.p50.median)} µs per message is done sooner where it is`
  return [`A message of ${shownBytes(bytes)} costs ${shownFigure(inline.p50.median)} µs inline, ${costs.join(", ")}${worth}.`]
}
