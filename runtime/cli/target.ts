import { actorName, parseActorId, type ActorId, type ActorName } from "../ids.js"

/** The actor a command is about: by name, or by id as `troupe ps` shows one that has no name. @throws {BadNameError} */
export function targetOf(text: string | undefined): ActorName | ActorId {
  return text?.includes(":") === true ? parseActorId(text) : actorName(text)
}
