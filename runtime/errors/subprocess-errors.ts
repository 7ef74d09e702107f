// Commands: programs that are run beside the actors.

import { TroupeError } from "./troupe-error.js"

/** A command could not be started: there is no such program, it may not be run, or its directory is missing. */
export class CommandNotStartedError extends TroupeError {
  readonly code = "ERR_COMMAND_NOT_STARTED"
  constructor(command: string, why: string, cause?: unknown) {
    super(`${command}: it cannot be started: ${why}`, { command }, cause)
  }
}

/** The last of what a program printed. */
interface Printed {
  readonly stdout: string
  readonly stderr: string
}

/** A command ended with a status that says it failed, or by a signal. */
export class CommandFailedError extends TroupeError {
  readonly code = "ERR_COMMAND_FAILED"
  constructor(command: string, how: { exitCode?: number | null; signal?: string | null } & Partial<Printed>) {
    const { exitCode = null, signal = null, stdout = "", stderr = "" } = how
    const end = signal === null ? `ended with status ${String(exitCode)}` : `was ended by ${signal}`
    const said = stderr.trim() === "" ? "" : `: ${stderr.trim()}`
    super(`${command}: it ${end}${said}`, { command, exitCode, signal, stdout, stderr })
  }
}

/** A command took longer than it may; it was ended with all that it had started. */
export class CommandTimedOutError extends TroupeError {
  readonly code = "ERR_COMMAND_TIMED_OUT"
  constructor(command: string, timeoutMs: number, { stdout = "", stderr = "" }: Partial<Printed> = {}) {
    super(`${command}: it took longer than ${String(timeoutMs)} ms, and was ended`, { command, timeoutMs, stdout, stderr })
  }
}

/** A command printed more than is kept of it; it was ended. */
export class CommandOutputError extends TroupeError {
  readonly code = "ERR_COMMAND_OUTPUT"
  constructor(command: string, limit: number) {
    super(
      `${command}: it printed more than ${String(limit)} bytes, and was ended; read its stdout as a stream, or raise maxOutputBytes`,
      {
        command,
        limit,
      },
    )
  }
}
