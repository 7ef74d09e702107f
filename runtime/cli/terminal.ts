// Terminal — where a command prints: answers on stdout, everything else on stderr.
// Owns the decision what may be coloured or moving. Colours and spinners are for people, never for files and pipes.

import picocolors from "picocolors"

/** picocolors' functions, or the same functions that do nothing. */
export type Colors = ReturnType<typeof picocolors.createColors>

/** A stream of the process, or a stand-in for one. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  /** The width of the terminal, in characters. */
  readonly columns?: number | undefined
}

export interface TerminalOptions {
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether answers and errors are to be JSON. */
  readonly format: "text" | "json"
  /** `never` by --no-color. */
  readonly color: "auto" | "never"
}

/** Whether to colour: never when told so, else on a terminal (https://no-color.org, https://force-color.org). */
export function wantsColor(asked: "auto" | "never", env: Readonly<Record<string, string | undefined>>, isTty: boolean): boolean {
  if (asked === "never" || (env["NO_COLOR"] ?? "") !== "") return false
  const forced = env["FORCE_COLOR"] ?? ""
  return forced === "" ? isTty && env["TERM"] !== "dumb" : forced !== "0"
}

export class Terminal {
  readonly format: "text" | "json"
  /** For stdout. */
  readonly colors: Colors
  /** For stderr. */
  readonly errorColors: Colors
  /** Whether somebody watches stderr, so that a spinner or a remark is welcome. */
  readonly isWatched: boolean
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly #stdout: OutputStream
  readonly #stderr: OutputStream

  constructor({ stdin, stdout, stderr, env, format, color }: TerminalOptions) {
    this.format = format
    this.stdin = stdin
    this.#stdout = stdout
    this.#stderr = stderr
    const onTerminal = stderr.isTTY === true && format === "text" && env["TERM"] !== "dumb"
    this.isWatched = onTerminal && (env["CI"] ?? "") === ""
    this.colors = picocolors.createColors(wantsColor(color, env, stdout.isTTY === true))
    this.errorColors = picocolors.createColors(format === "text" && wantsColor(color, env, stderr.isTTY === true))
  }

  /** Prints a line, or several, on stdout. */
  print(text: string): void {
    this.#stdout.write(`${text}\n`)
  }

  /** Prints a value on stdout as one line of JSON; undefined as null. */
  printJson(value: unknown): void {
    this.print(withoutControls(JSON.stringify(value ?? null)))
  }

  /** Prints the value as JSON with --json, else what `render` makes of it. */
  show<T>(value: T, render: (value: T, colors: Colors) => string): void {
    if (this.format === "json") this.printJson(value)
    else this.print(render(value, this.colors))
  }

  /** Prints a line on stderr, whoever reads it. */
  complain(line: string): void {
    this.#stderr.write(`${line}\n`)
  }

  /** How many characters a line of stderr may have that is to be replaced. */
  get room(): number {
    // Some terminals say that they are 0 wide.
    return ((this.#stderr.columns ?? 0) || 80) - 1
  }

  /** Replaces the last line of stderr when somebody watches; "" wipes it away. */
  redraw(line: string): void {
    if (!this.isWatched) return
    this.#stderr.write(`\r\u001b[2K${line.slice(0, this.room)}`)
  }

  /** Prints a line on stderr when somebody watches. */
  remark(line: string): void {
    if (this.isWatched) this.#stderr.write(`${this.errorColors.dim(line)}\n`)
  }
}

/** JSON in which no character moves a terminal: JSON escapes the first 32 itself, these are the others. */
export function withoutControls(json: string): string {
  return json.replaceAll(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}

/** Any text as part of one line, harmless for a terminal. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/\s*[\r\n\u2028\u2029]\s*/g, " ").replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd")
}
