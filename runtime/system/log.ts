// Log — one line per entry on standard output, as text for people or JSON for programs. pm2 keeps what the node prints.

import type { ActorLog } from "../actor/surroundings.js"

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent"

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

export interface LogOptions {
  /** The least level that is written. @default "info" */
  readonly level: LogLevel
  /** @default "text" */
  readonly format: "text" | "json"
}

export class Log {
  readonly #least: number
  readonly #format: "text" | "json"
  readonly #write: (line: string) => void

  constructor(options: LogOptions, write: (line: string) => void = (line) => process.stdout.write(line)) {
    this.#least = RANK[options.level]
    this.#format = options.format
    this.#write = write
  }

  /** The log of one actor or part. */
  of(name: string): ActorLog {
    const at = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) =>
      this.#entry(level, { name, message, fields })
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
  }

  #entry(level: LogLevel, entry: { name: string; message: string; fields: Record<string, unknown> | undefined }): void {
    if (RANK[level] < this.#least) return
    const at = new Date().toISOString()
    const { name, message, fields } = entry
    if (this.#format === "json") this.#write(`${json({ at, level, name, message, ...fields })}\n`)
    else this.#write(`${at} ${level.padEnd(5)} ${name}: ${oneLine(message)}${fields === undefined ? "" : ` ${json(fields)}`}\n`)
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part))
  } catch {
    return '"(fields that cannot be shown)"'
  }
}

function oneLine(text: string): string {
  return text.replace(/\r?\n/g, "\\n")
}
