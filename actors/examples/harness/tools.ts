// Where queues and pipes are kept: in the memory that threads share, or for processes by a keeper, which is an actor.

import type { ActorContext, ActorRef } from "../../../runtime/index.js"
import { openToolkit, sharedToolkit, type Toolkit, ToolkitKeeper } from "../../../runtime/toolkit.js"
import type { Run } from "./example.js"

/** A keeper's ref, or null for shared memory. Data, so that it can be among an actor's args. */
export type ToolSource = ActorRef<ToolkitKeeper> | null

/** Starts a keeper where one is needed. */
export async function keeperFor(run: Run): Promise<ToolSource> {
  if (run.placement !== "process") return null
  return run.system.spawn(ToolkitKeeper, { restart: "temporary" })
}

/** The toolkit there, for an actor or the program. */
export function toolsFrom(source: ToolSource, user: ActorContext | Run["system"]): Promise<Toolkit> {
  return source === null ? Promise.resolve(sharedToolkit(user)) : openToolkit(source, user)
}
