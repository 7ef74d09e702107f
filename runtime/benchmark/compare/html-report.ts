// A report as one page that needs nothing else.

import type { Report } from "./report-schema.js"

export function htmlReport(report: Report): Promise<string> {
  return Promise.resolve(JSON.stringify(report))
}
