// What a check of `troupe doctor` is told, and what it finds.

import type { Config } from "../../config/schema.js"

/** What a check found. `mend` says what to do; a warning may be lived with. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail"
  readonly about: string
  readonly message: string
  readonly mend?: string
}

/** What the checks are told. */
export interface Patient {
  readonly config: Config
  readonly projectDir: string
  readonly env: NodeJS.ProcessEnv
}

export type Check = (patient: Patient) => Promise<Omit<Finding, "about">>
