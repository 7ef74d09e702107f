// JSON as it is given on the command line: as an argument, from stdin (`-`), or from a file (`@path`).

import { open } from "node:fs/promises"
import { resolve } from "node:path"
import { BadOptionError, codeOf, TooLargeError, UndecodableError } from "../errors.js"
import { findJsonFault } from "../wire/json-text.js"

/** More than any bus carries; it bounds what an endless stdin can cost. */
const LARGEST_BYTES = 64 * 1024 * 1024

/** What of a call is needed to read its input. */
export interface JsonSource {
  readonly terminal: { readonly stdin: AsyncIterable<Uint8Array | string> }
  readonly cwd: string
  readonly signal: AbortSignal
}

/**
 * The text of some JSON, as it was given: nothing of it is changed on the way.
 * @throws {UndecodableError} naming the place where it stops being JSON
 * @throws {BadOptionError} for a file that cannot be read
 * @throws {TooLargeError} for more than 64 MiB
 */
export async function readJson(given: string, source: JsonSource): Promise<string> {
  if (given === "-") return checked(await read(source.terminal.stdin, "stdin"), "JSON from stdin")
  if (!given.startsWith("@")) return checked(given, "JSON")
  const path = given.slice(1)
  try {
    await using file = await open(resolve(source.cwd, path))
    const stream = file.createReadStream({ autoClose: false, signal: source.signal })
    return checked(await read(stream, path), `JSON in ${path}`)
  } catch (error) {
    const code = codeOf(error) ?? ""
    if (code.startsWith("ERR_")) throw error
    throw new BadOptionError("JSON", `@ and a file that can be read (${code})`, given)
  }
}

async function read(stream: AsyncIterable<Uint8Array | string>, what: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk
    size += bytes.length
    if (size > LARGEST_BYTES) throw new TooLargeError(what, size, LARGEST_BYTES)
    chunks.push(bytes)
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new UndecodableError("JSON", `${what} is not UTF-8`, cause)
  }
}

function checked(text: string, what: string): string {
  const fault = findJsonFault(text)
  if (fault === undefined) return text
  const got = text[fault.at]
  throw new UndecodableError(
    what,
    `${placeOf(text, fault.at)}: expected ${fault.expected}, got ${got === undefined ? "the end" : JSON.stringify(got)}; ` +
      `in a shell, put JSON in single quotes: '{"by": 2}'`,
  )
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split("\n")
  if (!text.includes("\n")) return `at character ${String(at + 1)}`
  return `at line ${String(before.length)}, column ${String((before.at(-1)?.length ?? 0) + 1)}`
}
