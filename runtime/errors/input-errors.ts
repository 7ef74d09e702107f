// What went wrong at the door.

import { shown, TroupeError } from "./troupe-error.js"

/** An option has a value it cannot have. */
export class BadOptionError extends TroupeError {
  readonly code = "ERR_BAD_OPTION"
  constructor(option: string, expected: string, got: unknown) {
    super(`${option}: expected ${expected}, got ${shown(got)}`, { option, expected })
  }
}

/** A name breaks the rules for names. */
export class BadNameError extends TroupeError {
  readonly code = "ERR_BAD_NAME"
  constructor(what: string, got: unknown) {
    super(`${what}: expected a letter, then letters, digits, "_" or "-", 64 at most; got ${shown(got)}`, { what })
  }
}

/** The configuration has an unknown key, a wrong type or an impossible value. */
export class BadConfigError extends TroupeError {
  readonly code = "ERR_BAD_CONFIG"
  /** A problem may name a source of its own, when several files, variables or flags are at fault at once. */
  constructor(source: string, problems: readonly { path: string; message: string; source?: string }[]) {
    const named = problems.map((p) => `${p.source === undefined ? "" : `${p.source}: `}${p.path || "(top)"}: ${p.message}`)
    super(`${source}: ${named.join("; ")}`, { source, problems })
  }
}
