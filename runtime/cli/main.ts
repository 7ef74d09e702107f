#!/usr/bin/env node
// The program `troupe`: hands the process's streams, arguments and signals to the command line.

import module from "node:module"
import { EXIT } from "./exit-code.js"

// Since Node.js 22.1: what was compiled once is not compiled again. It holds for what is loaded after this, hence the late import.
;(module as { enableCompileCache?: () => unknown }).enableCompileCache?.()
const { runProgram } = await import("./program.js")
const { outputLost } = await import("./failure.js")

const interruption = new AbortController()
let exitBySignal: number | undefined
for (const [signal, exitCode] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => {
    // Who says it twice does not want to wait for a tidy end.
    if (interruption.signal.aborted) process.exit(exitCode)
    exitBySignal = exitCode
    interruption.abort()
  })
}

const { stdin, stdout, stderr, env } = process
stdout.on("error", (error: Error) => leave("stdout", error))
stderr.on("error", (error: Error) => leave("stderr", error))

const exitCode = await runProgram(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  signal: interruption.signal,
})
process.exitCode = exitCode === EXIT.interrupted ? (exitBySignal ?? exitCode) : exitCode
// What is left to read or to wait for is no reason to stay. That a write has failed is known to the callback before it is an event.
stdout.write("", () => {
  if (stdout.errored) leave("stdout", stdout.errored)
  stderr.write("", () => process.exit())
})

/** Ends at once: what is printed from now on would be lost too. */
function leave(stream: "stdout" | "stderr", error: NodeJS.ErrnoException): never {
  const { code: cause = error.message } = error
  // The reader has gone, as `head` does when it has enough: that is not our failure.
  if (cause === "EPIPE") process.exit(process.exitCode ?? EXIT.done)
  if (stream === "stdout") stderr.write(outputLost({ cause, json: process.argv.includes("--json") }))
  process.exit(process.exitCode || EXIT.failed)
}
