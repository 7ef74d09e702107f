// The implementations of the parallel toolkit, for suites that run over each of them.

import { type Toolkit, ToolkitKeeper, openMachineToolkit, openToolkit, sharedToolkit } from "../../runtime/toolkit.js"
import type { ActorRef, ActorSystem, Placement } from "../../runtime/index.js"
import { useTestSystem } from "./test-system.js"

export interface ToolkitCase {
  readonly name: string
  /** Whose memory its arrays are in; undefined where a keeper has them. */
  readonly inMemory?: "of the process" | "of the machine"
  /** The toolkit as one more user of it has it. */
  readonly open: () => Promise<Toolkit>
}

/** Where keepers run in these suites: with who asks, and as far away as can be. */
const KEEPERS: readonly Placement[] = ["inline", "process"]

/** The toolkits of a test file. It has an actor system then, for those that are kept by actors. */
export function useToolkits(): ToolkitCase[] {
  const { system } = useTestSystem()
  return [
    { name: "in shared memory", inMemory: "of the process", open: () => Promise.resolve(sharedToolkit()) },
    { name: "in memory of the machine", inMemory: "of the machine", open: () => openMachineToolkit(system) },
    ...KEEPERS.map((placement) => keptBy(system, placement)),
  ]
}

function keptBy(system: ActorSystem, placement: Placement): ToolkitCase {
  let keeper: Promise<ActorRef<ToolkitKeeper>> | undefined
  const open = async (): Promise<Toolkit> => {
    keeper ??= system.spawn(ToolkitKeeper, { placement })
    return openToolkit(await keeper, system)
  }
  return { name: `by messages, its keeper ${placement}`, open }
}

let count = 0

/** A name that no other test uses. */
export function freshName(what = "x"): string {
  return `${what}${String(++count)}`
}
