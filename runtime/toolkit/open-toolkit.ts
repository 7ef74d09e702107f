// Opening a keeper's toolkit, from an actor or from a program.

import type { ActorContext } from "../actor/actor-context.js"
import type { ActorRef } from "../actor/actor-ref.js"
import { Toolkit } from "../parallel/toolkit.js"
import type { ActorSystem } from "../system/actor-system.js"
import { MessageEngine } from "./message-engine.js"
import type { ToolkitKeeper } from "./toolkit-keeper.js"
import { ToolkitParty } from "./toolkit-party.js"
import { Turns } from "./turns.js"

/** What an actor's or a program's part in it is known by. */
type User = Pick<ActorContext, "spawn" | "name"> | Pick<ActorSystem, "spawn">

/**
 * The toolkit that a keeper keeps, for actors in any process and for other programs on the bus. All that was acquired by it is given back
 * when the actor's incarnation ends, or the program (promise P4). Once for each incarnation is enough.
 * @param keeper - the ref of a ToolkitKeeper, as `lookup` gives it
 * @param user - the actor's `this.context`, or the program's ActorSystem
 * @throws what asks and spawns do; ERR_NO_ROOM when the keeper has too many users
 */
export async function openToolkit(keeper: ActorRef<ToolkitKeeper>, user: User): Promise<Toolkit> {
  const party = await user.spawn(ToolkitParty, { restart: "temporary" })
  const { member, pass } = await keeper.ask.join({ party, name: "name" in user ? user.name : `process ${String(process.pid)}` })
  const turns = new Turns()
  return new Toolkit(async ({ name, plan, as }) => {
    const { kind, config, entries, slots } = plan
    const opened = await keeper.ask.open({ member, pass, name, plan: { kind, config, entries }, as })
    return new MessageEngine({ keeper, turns }, opened, slots?.bytes ?? 0)
  })
}
