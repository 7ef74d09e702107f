// Signals to a single process. The pids 0 and -1 mean this whole test run, or everything there is: no test may say them by mistake.

/** Signals a process. @throws {Error} when that is no pid of a process of its own */
export function strikeProcess(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined || !Number.isSafeInteger(pid) || pid <= 1)
    throw new Error(`expected the pid of a process, got ${String(pid)}`)
  process.kill(pid, signal)
}
