// Status — where in its life one incarnation is. It only moves forward (promise A1).

export type Status = "starting" | "running" | "draining" | "stopping" | "stopped"

const ORDER: Record<Status, number> = { starting: 0, running: 1, draining: 2, stopping: 3, stopped: 4 }

/** Whether an incarnation may go from one status to another. */
export function mayAdvance(from: Status, to: Status): boolean {
  return ORDER[to] > ORDER[from]
}
