// absence — what is to be said of an actor that is not there: it may have been, and have ended.

import { NoActorError } from "../errors.js"
import type { ActorName } from "../ids.js"
import type { Client } from "./client.js"
import { absenceText } from "./presence.js"
import { isRecord, rowsAt } from "./reply-fields.js"
import { LISTING_MS } from "./timeout-option.js"

/** The error for a name that the node does not list; `near` is a name that it may be a slip of. */
export async function absence(client: Client, name: ActorName, near: string | undefined): Promise<NoActorError> {
  const hasBeen = await client.control("why", { name }, LISTING_MS).then(
    (reply) => rowsAt(reply, "deaths").length > 0 || isRecord(reply["ended"]),
    () => false,
  )
  return new NoActorError(
    name,
    hasBeen ? `there is no such actor any more, and "troupe why ${name}" tells how it ended` : absenceText(near),
  )
}
