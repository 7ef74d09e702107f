// ExitJoiner — one exit out of the two things pm2 says about it: the log line has the signal, the notice has who it was.
// Owns what was said by one and not yet by the other. Pure: time is an argument, and what it decides is returned.
// J1  One run of an app exits once, however often pm2 says so.
// J2  Nothing waits longer than waitMs for its other half, nor longer than lingerMs for the last words of an aborted process.

import { saysOutOfMemory } from "./exit-reason-of.js"
import type { ExitedEvent, ExitLine, ProcessNotice } from "./process-event.js"

interface Half {
  readonly line: ExitLine | undefined
  readonly notice: ProcessNotice | undefined
  readonly untilMs: number
}

const STDERR_KEPT = 4_096
const RUNS_REMEMBERED = 1_024

export class ExitJoiner {
  readonly #waitMs: number
  readonly #lingerMs: number
  readonly #halves = new Map<number, Half>()
  readonly #stderr = new Map<number, string>()
  readonly #over = new Map<number, string>()

  constructor({ waitMs, lingerMs }: { waitMs: number; lingerMs: number }) {
    this.#waitMs = waitMs
    this.#lingerMs = lingerMs
  }

  /** When `expire` should be called next, or undefined. */
  get nextMs(): number | undefined {
    let next: number | undefined
    for (const half of this.#halves.values()) if (next === undefined || half.untilMs < next) next = half.untilMs
    return next
  }

  /** A new run: what was written before it is not its last words. */
  online({ pmId }: ProcessNotice): void {
    if (!this.#halves.has(pmId)) this.#stderr.delete(pmId)
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

  /** What a process wrote to stderr; the last of it can come after its exit. */
  stderr(pmId: number, text: string): ExitedEvent[] {
    const tail = ((this.#stderr.get(pmId) ?? "") + text).slice(-STDERR_KEPT)
    this.#stderr.set(pmId, tail)
    const half = this.#halves.get(pmId)
    return half?.line !== undefined && half.notice !== undefined && saysOutOfMemory(tail) ? this.#finish(pmId) : []
  }

  /** What has waited long enough by now. */
  expire(nowMs: number): ExitedEvent[] {
    const due = [...this.#halves].filter(([, half]) => half.untilMs <= nowMs)
    return due.flatMap(([pmId]) => this.#finish(pmId))
  }

  #hold({ line, notice }: { line: ExitLine | undefined; notice: ProcessNotice | undefined }, nowMs: number): ExitedEvent[] {
    const pmId = line?.pmId ?? notice?.pmId
    if (pmId === undefined) return []
    const whole = line !== undefined && notice !== undefined
    const lingers = line !== undefined && isAbort(line) && !saysOutOfMemory(this.#stderr.get(pmId) ?? "")
    this.#halves.set(pmId, { line, notice, untilMs: nowMs + (whole ? this.#lingerMs : this.#waitMs) })
    return whole && !lingers ? this.#finish(pmId) : []
  }

  #finish(pmId: number): ExitedEvent[] {
    const half = this.#halves.get(pmId)
    const known = half?.line ?? half?.notice
    if (half === undefined || known === undefined) return []
    const { line, notice } = half
    this.#halves.delete(pmId)
    if (notice !== undefined) this.#remember(pmId, notice.run)
    const stderr = this.#stderr.get(pmId) ?? ""
    this.#stderr.delete(pmId)
    const { uniqueId = "", labels = {} } = notice ?? {}
    const sources = line === undefined ? "event" : notice === undefined ? "line" : "both"
    // The notice has 0 for a signal as well: without the line nobody knows which.
    const cause = line ?? { code: notice?.code, signal: undefined, maybeSigint: notice?.code === 0 }
    const { code, signal, maybeSigint } = cause
    return [{ type: "exited", name: known.name, pmId, uniqueId, labels, code, signal, maybeSigint, stderr, sources }]
  }

  #remember(pmId: number, run: string): void {
    this.#over.delete(pmId)
    this.#over.set(pmId, run)
    const [oldest] = this.#over.keys()
    if (this.#over.size > RUNS_REMEMBERED && oldest !== undefined) this.#over.delete(oldest)
  }
}

function isAbort(line: ExitLine): boolean {
  return line.signal === "SIGABRT" || line.code === 134
}
