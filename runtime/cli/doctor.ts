// troupe doctor

import { BadConfigError } from "../errors.js"
import type { Call } from "./call.js"
import type { CliCommand } from "./command.js"
import { CHECKS, checkNodeVersion } from "./doctor-checks.js"
import { EXIT } from "./exit-code.js"
import type { Finding } from "./finding.js"
import { oneLine, type Colors } from "./terminal.js"

export const command: CliCommand = {
  examples: [
    ["troupe doctor", "what is well and what is not, and how to mend that"],
    ["troupe doctor --json | jq '.findings[] | select(.level != \"ok\")'", "only what is not well"],
  ],
  async run(call) {
    const findings = await examine(call)
    const healthy = findings.every(({ level }) => level !== "fail")
    call.terminal.show({ healthy, findings }, (_, colors) => findings.map((finding) => shownFinding(finding, colors)).join("\n"))
    return healthy ? undefined : EXIT.failed
  },
}

async function examine(call: Call): Promise<Finding[]> {
  const { env, projectDir } = call
  const findings = [checkNodeVersion(process.version)]
  try {
    const config = await call.config()
    findings.push({ level: "ok", about: "configuration", message: "is valid" })
    for (const [about, check] of CHECKS) findings.push({ about, ...(await checked(() => check({ config, projectDir, env }))) })
  } catch (error) {
    if (!(error instanceof BadConfigError)) throw error
    findings.push({ level: "fail", about: "configuration", message: error.message, mend: "docs/config.md lists every setting" })
  }
  return findings
}

/** A check that fails itself is a finding too. */
async function checked(check: () => Promise<Omit<Finding, "about">>): Promise<Omit<Finding, "about">> {
  try {
    return await check()
  } catch (error) {
    return { level: "fail", message: error instanceof Error ? error.message : String(error) }
  }
}

function shownFinding({ level, about, message, mend }: Finding, colors: Colors): string {
  const color = { ok: colors.green, warn: colors.yellow, fail: colors.red }[level]
  const line = `${color(level.padEnd(4))}  ${colors.bold(about.padEnd(15))}  ${oneLine(message)}`
  return mend === undefined ? line : `${line}\n      ${" ".repeat(15)}  ${colors.dim(`→ ${oneLine(mend)}`)}`
}
