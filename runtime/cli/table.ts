import Table from "cli-table3"
import type { Colors } from "./terminal.js"

const NO_LINES = {
  top: "", "top-mid": "", "top-left": "", "top-right": "",
  bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
  left: "", "left-mid": "", mid: "", "mid-mid": "",
  right: "", "right-mid": "", middle: "  ",
} // prettier-ignore

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** @default "left" */
  readonly align?: "left" | "right"
}

/** Rows below their titles, without lines, so that `awk` and `cut` can read them too. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], colors: Colors): string {
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map(({ align }) => align ?? "left"),
    head: columns.map(({ title }) => colors.dim(title)),
  })
  table.push(...rows.map((row) => columns.map(({ cell }) => cell(row))))
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
}
