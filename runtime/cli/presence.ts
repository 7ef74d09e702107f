// Presence — why nobody listens for an actor, told from the node's listing: a decision, without effects.

import { isSlip, nearest } from "../../config/nearest.js"
import { textAt, type Fields } from "./reply-fields.js"

export type Presence =
  /** It is there, or will be; asking again soon makes sense. */
  | { readonly type: "coming"; readonly status: string }
  | { readonly type: "leaving"; readonly status: string }
  | { readonly type: "absent"; readonly near: string | undefined }

/** What the listing of a node says of a name that nobody listened for. */
export function presenceOf(name: string, actors: readonly Fields[]): Presence {
  const row = actors.find((actor) => actor["name"] === name)
  if (row === undefined) return { type: "absent", near: nearName(name, actors.map((actor) => textAt(actor, "name"))) } // prettier-ignore
  const status = textAt(row, "status")
  switch (status) {
    case "draining":
    case "stopping":
      return { type: "leaving", status }
    case "stopped":
      return { type: "absent", near: undefined }
    default:
      return { type: "coming", status }
  }
}

/** The name this one may be a slip of. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const candidate = nearest(name, known)
  return candidate !== undefined && isSlip(name, candidate) ? candidate : undefined
}

/** For a {@link NoActorError}: what is known about the absence. */
export function absenceText(near: string | undefined): string {
  return near === undefined ? "there is no such actor" : `there is no such actor (did you mean "${near}"?)`
}
