// The exit codes of the command line, and which failure gets which.

/** What the process says when it ends. */
export const EXIT = {
  done: 0,
  /** The actor answered with an error, or the node could not do what it was asked. */
  failed: 1,
  usage: 2,
  /** The bus or the node cannot be reached, or did not come up. */
  unreachable: 3,
  /** No such actor, handler or kind. */
  absent: 4,
  timedOut: 5,
  /** Ended by Ctrl-C, as shells have it: 128 and the number of the signal. */
  interrupted: 130,
  terminated: 143,
} as const

/** Who says that something failed: this command line, an actor, or the node as the one that was commanded. */
export type FailureSource = "here" | "actor" | "node"

const ABSENT = ["ERR_NO_ACTOR", "ERR_NO_HANDLER", "ERR_NO_KIND"]
const LATE = ["ERR_TIMED_OUT", "ERR_START_TIMED_OUT", "ERR_JOIN_TIMED_OUT", "ERR_EVENTS_MISSING"]
const MISUSED = ["ERR_USAGE", "ERR_BAD_OPTION", "ERR_BAD_NAME", "ERR_BAD_CONFIG", "ERR_BAD_MESSAGE", "ERR_TOO_LARGE"]
const UNREACHABLE = [
  "ERR_BUS_UNREACHABLE",
  "ERR_BUS_REFUSED",
  "ERR_BUS_TOO_OLD",
  "ERR_BUS_FAILED",
  "ERR_NODE_UNREACHABLE",
  "ERR_NODE_FAILED",
  "ERR_NO_NATS_SERVER",
  "ERR_PM2",
  "ERR_STATE_DIR",
]

const FROM_ANYBODY = table([ABSENT, EXIT.absent], [LATE, EXIT.timedOut])
const FROM_NODE = table([MISUSED, EXIT.usage])
const FROM_HERE = table(
  [UNREACHABLE, EXIT.unreachable],
  // What is undecodable here is the input; what cannot be delivered was tried until the time was over.
  [["ERR_UNDECODABLE"], EXIT.usage],
  [["ERR_NOT_DELIVERED"], EXIT.timedOut],
  [["ERR_CANCELLED"], EXIT.interrupted],
)

/**
 * The exit code for an error's code. An actor may use any code for its own errors, so that of those only the ones count which
 * say that nothing was there or nothing came back.
 */
export function exitCodeOf(code: string, source: FailureSource): number {
  const anybody = FROM_ANYBODY.get(code)
  if (anybody !== undefined || source === "actor") return anybody ?? EXIT.failed
  return FROM_NODE.get(code) ?? (source === "here" ? FROM_HERE.get(code) : undefined) ?? EXIT.failed
}

function table(...groups: readonly (readonly [codes: readonly string[], exit: number])[]): ReadonlyMap<string, number> {
  return new Map(groups.flatMap(([codes, exit]) => codes.map((code) => [code, exit] as const)))
}
