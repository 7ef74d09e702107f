// What `troupe run EXAMPLE --explain` prints: the pattern, what to consider, and what the example can be told.

import type { Explained } from "./example-door.js"
import type { Colors } from "./terminal.js"

interface Explanation {
  readonly name: string
  readonly pattern: string
  readonly consider: readonly string[]
  readonly mapping: string
  /** The options it takes beside those of every example, and what each says. */
  readonly options: Readonly<Record<string, string>>
}

const MEANING: Readonly<Record<string, (example: Explained) => string>> = {
  size: ({ size }) =>
    size === undefined
      ? ""
      : `${size.of}; ${String(size.usual)} unless told otherwise, ${size.powerOfTwo === true ? "a power of two " : ""}from ${String(size.least)} to ${String(size.most)}`,
  input: ({ sampleInput }) => `the file or folder to work on${sampleInput === undefined ? "" : `, such as ${sampleInput}`}`,
  output: () => "where the results go",
  exchange: () => "shared memory or messages",
  schedule: () => "dynamic or static",
}

export function explained(name: string, example: Explained): Explanation {
  const options = Object.fromEntries(example.takes.map((option) => [`--${option}`, MEANING[option]?.(example) ?? ""]))
  return { name, ...example.explanation, options }
}

export function shownExplanation(
  { name, pattern, consider, mapping, options }: Explanation,
  summary: string,
  colors: Colors,
): string {
  const takes = Object.entries(options).map(([option, meaning]) => `  ${option.padEnd(12)}${meaning}`)
  return [
    `${colors.bold(name)}: ${summary}`,
    `Pattern: ${pattern}`,
    "To consider:",
    ...consider.map((point) => `  - ${point}`),
    `Chunks and units: ${mapping}`,
    ...(takes.length === 0 ? [] : ["Options of its own:", ...takes]),
  ].join("\n")
}
