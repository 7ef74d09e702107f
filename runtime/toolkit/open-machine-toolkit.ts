// Opening the toolkit that lies in memory shared by the processes of this machine, from an actor or from a program.

import type { ActorContext } from "../actor/actor-context.js"
import { openMachineMemory } from "../parallel/mapped-memory/machine-memory.js"
import { Directory } from "../parallel/shared-memory/directory.js"
import { SharedEngine } from "../parallel/shared-memory/shared-engine.js"
import { Toolkit } from "../parallel/toolkit.js"
import type { ActorSystem } from "../system/actor-system.js"
import { partyOf } from "./party-of.js"

/**
 * The toolkit whose primitives lie in memory that a program shares with its actors in any thread or process, and with other programs of
 * the same state directory and prefix on this machine. What a thread or process held when it died is taken back by who meets it,
 * what an incarnation of an actor held when that has ended (promise P4). Linux on x64 and arm64.
 * @param user - the actor's `this.context`, or the program's ActorSystem
 * @throws {UnavailableError} where memory cannot be shared: use a keeper there; NoRoomError when /dev/shm is full
 */
export async function openMachineToolkit(user: ActorContext | Pick<ActorSystem, "home">): Promise<Toolkit> {
  const ground = await openMachineMemory(user.home)
  const party = partyOf(user, ground)
  return new Toolkit(({ name, plan, as }) =>
    Promise.resolve().then(() => new SharedEngine(Directory.of(ground).open(name, plan), as, party)),
  )
}
