// Which paths the performance gate watches, and how slow they may get: about half of what they do on a machine at rest (0.75, 0.058, 1.6
// and 9.2), and less than they did on one with seven times the work it has cores for (0.65, 0.068, 2.0, 6.1). Set anew what gets faster, or
// much of it can be lost unnoticed.

export interface GatedPath {
  readonly name: string
  readonly group: "inline" | "thread" | "process"
  /** Cases of that group, both per second. */
  readonly path: string
  readonly bare: string
  /** The least that the path may be of its baseline. */
  readonly atLeast: number
}

export const GATED: readonly GatedPath[] = [
  { name: "inline tell", group: "inline", path: "tell", bare: "awaited call", atLeast: 0.35 },
  { name: "inline ask", group: "inline", path: "ask, one at a time", bare: "awaited call", atLeast: 0.033 },
  { name: "thread ask", group: "thread", path: "ask, 256 in flight", bare: "bare postMessage, 256 in flight", atLeast: 1 },
  { name: "process ask", group: "process", path: "ask, 256 in flight", bare: "bare request, 256 in flight", atLeast: 4.5 },
]
