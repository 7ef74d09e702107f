// Which paths the performance gate watches, and how slow they may get: half of what they did on a machine with seven times the work it has
// cores for. At rest they do better, and may lose more before it shows. Set anew what gets faster, or much of it can be lost unnoticed.

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
  { name: "inline tell", group: "inline", path: "tell", bare: "awaited call", atLeast: 0.3 },
  { name: "inline ask", group: "inline", path: "ask, one at a time", bare: "awaited call", atLeast: 0.035 },
  { name: "thread ask", group: "thread", path: "ask, 256 in flight", bare: "bare postMessage, 256 in flight", atLeast: 1.1 },
  { name: "process ask", group: "process", path: "ask, 256 in flight", bare: "bare request, 256 in flight", atLeast: 3 },
]
