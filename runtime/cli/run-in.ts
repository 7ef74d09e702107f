// Runs an example in a program of its own, which ends with it.

import type { Placement } from "../actor/surroundings.js"
import { codeOf, RemoteError, TroupeError } from "../errors.js"
import type { Call } from "./call.js"
import type { ExampleAround, ExampleReport } from "./example-door.js"
import type { ExampleProgram } from "./example-program.js"
import { ProgressBar } from "./progress-bar.js"

/** Gives the example a program to start, and ends that; shows meanwhile how far it is. */
export async function runIn(
  call: Call,
  { name, placement }: { readonly name: string; readonly placement: Placement },
  run: (around: ExampleAround) => Promise<ExampleReport>,
): Promise<ExampleReport> {
  const bar = new ProgressBar(call.terminal, name)
  let program: ExampleProgram | undefined
  try {
    return await run({
      async start() {
        const { startExampleProgram } = await import("./example-program.js")
        program = await startExampleProgram(await call.config(), placement)
        return program.system
      },
      signal: call.signal,
      onProgress: (phase, fraction) => bar.show(phase, fraction),
    })
  } catch (error) {
    throw fromWorker(error)
  } finally {
    bar.wipe()
    await program?.[Symbol.asyncDispose]()
  }
}

/** What a worker in a thread or a process has thrown is a copy, of no class of ours. */
function fromWorker(error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined || error instanceof TroupeError || !(error instanceof Error)) return error
  const { data } = error as { data?: Record<string, unknown> }
  return new RemoteError("actor", { code, message: error.message, data: data ?? {} })
}
