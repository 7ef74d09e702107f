// ToolkitParty — an actor that does nothing but end with who spawned it: its keeper watches it.

import { Actor } from "../actor/actor.js"
import { actor } from "../actor/definition.js"

@actor({ kind: "toolkit-party", module: import.meta.url, description: "ends with the user of a toolkit that it stands for" })
export class ToolkitParty extends Actor {}
