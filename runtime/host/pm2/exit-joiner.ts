// ExitJoiner — one exit out of the two things pm2 says about it: the log line has the signal, the notice has who it was.
// Owns what was said by one and not yet by the other. Pure: time is an argument, and what it decides is returned.
// J1  One run of an app exits once, however often pm2 says so.
// J2  Nothing waits longer than waitMs for its other half.

import type { ExitedEvent, ExitLine, ProcessNotice } from "./process-event.js"

interface Half {
  readonly line: ExitLine | undefined
  readonly notice: ProcessNotice | undefined
  readonly untilMs: number
}

const RUNS_REMEMBERED = 1_024

export class ExitJoiner {
  readonly #waitMs: number
  readonly #halves = new Map<number, Half>()
  readonly #over = new Map<number, string>()

  constructor({ waitMs }: { waitMs: number }) {
    this.#waitMs = waitMs
  }

  /** When `expire` should be called next, or undefined. */
  get nextMs(): number | undefined {
    let next: number | undefined
    for (const half of this.#halves.values()) if (next === undefined || half.untilMs < next) next = half.untilMs
    return next
  }

  line(line: ExitLine, nowMs: number): ExitedEvent[] {
    const before = this.#halves.get(line.pmId)
    const early = before?.line === undefined ? [] : this.#finish(line.pmId)
    const notice = before?.line === undefined ? before?.notice : undefined
    return [...early, ...this.#hold({ line, notice }, nowMs)]
  }

  exit(notice: ProcessNotice, nowMs: number): ExitedEvent[] {
    const before = this.#halves.get(notice.pmId)
    if (before?.notice !== undefined)
      return before.notice.run === notice.run ? [] : [...this.#finish(notice.pmId), ...this.exit(notice, nowMs)]
    if (before === undefined && this.#over.get(notice.pmId) === notice.run) return []
    return this.#hold({ line: before?.line, notice }, nowMs)
  }

  /** What has waited long enough by now. */
  expire(nowMs: number): ExitedEvent[] {
    const due = [...this.#halves].filter(([, half]) => half.untilMs <= nowMs)
    return due.flatMap(([pmId]) => this.#finish(pmId))
  }

  #hold({ line, notice }: { line: ExitLine | undefined; notice: ProcessNotice | undefined }, nowMs: number): ExitedEvent[] {
    const pmId = line?.pmId ?? notice?.pmId
    if (pmId === undefined) return []
    this.#halves.set(pmId, { line, notice, untilMs: nowMs + this.#waitMs })
    return line !== undefined && notice !== undefined ? this.#finish(pmId) : []
  }

  #finish(pmId: number): ExitedEvent[] {
    const half = this.#halves.get(pmId)
    const known = half?.line ?? half?.notice
    if (half === undefined || known === undefined) return []
    const { line, notice } = half
    this.#halves.delete(pmId)
    if (notice !== undefined) this.#remember(pmId, notice.run)
    const { uniqueId = "", labels = {} } = notice ?? {}
    const sources = line === undefined ? "event" : notice === undefined ? "line" : "both"
    // The notice has 0 for a signal as well: without the line nobody knows which.
    const cause = line ?? { code: notice?.code, signal: undefined, maybeSigint: notice?.code === 0 }
    const { code, signal, maybeSigint } = cause
    return [{ type: "exited", name: known.name, pmId, uniqueId, labels, code, signal, maybeSigint, sources }]
  }

  #remember(pmId: number, run: string): void {
    this.#over.delete(pmId)
    this.#over.set(pmId, run)
    const [oldest] = this.#over.keys()
    if (this.#over.size > RUNS_REMEMBERED && oldest !== undefined) this.#over.delete(oldest)
  }
}
