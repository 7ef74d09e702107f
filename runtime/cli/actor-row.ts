// How one actor of a listing is shown.

import { shownDuration } from "./duration.js"
import { isRecord, numberAt, recordAt, textAt, type Fields } from "./reply-fields.js"
import type { Column } from "./table.js"
import type { Colors } from "./terminal.js"

/** A status in its colour. */
export function shownStatus(status: string, colors: Colors): string {
  switch (status) {
    case "running":
      return colors.green(status)
    case "starting":
    case "restarting":
    case "draining":
    case "stopping":
    case "busy":
      return colors.yellow(status)
    default:
      return colors.red(status)
  }
}

/** The process an actor runs in, and its thread there: `4711/3`. */
export function shownExecution(row: Fields): string {
  const pid = textAt(row, "pid")
  const thread = numberAt(row, "threadId")
  return thread > 0 ? `${pid}/${String(thread)}` : pid
}

/** Its name, or its id when it has none. */
export function shownName(row: Fields): string {
  const name = textAt(row, "name")
  return name === "-" ? textAt(row, "id") : name
}

/** The columns of `troupe ps`. */
export function actorColumns(colors: Colors): readonly Column<Fields>[] {
  return [
    { title: "NAME", cell: (row) => colors.bold(shownName(row)) },
    { title: "KIND", cell: (row) => textAt(row, "kind") },
    { title: "PLACEMENT", cell: (row) => textAt(row, "placement") },
    { title: "STATUS", cell: (row) => shownStatus(textAt(row, "status"), colors) },
    { title: "PID/THREAD", cell: shownExecution },
    { title: "RESTARTS", align: "right", cell: (row) => textAt(row, "restarts") },
    { title: "HANDLED", align: "right", cell: (row) => textAt(recordAt(row, "books"), "handled") },
    { title: "IN FLIGHT", align: "right", cell: (row) => textAt(row, "inFlight") },
    { title: "UPTIME", align: "right", cell: (row) => shownDuration(numberAt(row, "uptimeMs")) },
  ]
}

/** The program a listing is of: `node (pid 4711, prefix troupe, up 3m 4s)`. */
export function shownProgram(reply: Fields, colors: Colors): string {
  const program = isRecord(reply["program"]) ? reply["program"] : reply
  const parts = [
    `pid ${textAt(program, "pid")}`,
    `prefix ${textAt(program, "prefix")}`,
    `up ${shownDuration(numberAt(program, "uptimeMs"))}`,
  ]
  return `${colors.bold(textAt(program, "name"))} ${colors.dim(`(${parts.join(", ")})`)}`
}
