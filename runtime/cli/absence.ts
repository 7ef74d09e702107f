// absence — what is to be said of an actor that is not there: it may have been, and have died.

import { NoActorError } from "../errors.js"
import type { ActorName } from "../ids.js"
import type { Client } from "./client.js"
import { absenceText } from "./presence.js"
import { rowsAt } from "./reply-fields.js"
import { LISTING_MS } from "./timeout-option.js"

/** The error for a name that the node does not list; `near` is a name that it may be a slip of. */
export async function absence(client: Client, name: ActorName, near: string | undefined): Promise<NoActorError> {
  const hasDied = await client.control("why", { name }, LISTING_MS).then(
    (reply) => rowsAt(reply, "deaths").length > 0,
    () => false,
  )
  return new NoActorError(
    name,
    hasDied ? `there is no such actor any more, and "troupe why ${name}" tells how it died` : absenceText(near),
  )
}
