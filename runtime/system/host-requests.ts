// What any host does for others: lists its actors, and ends or restarts those it owns.

import type { BooksView } from "../actor/books.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { Placement } from "../actor/surroundings.js"
import { NoActorError } from "../errors.js"
import { actorId, type ActorId, hostOf, millis, parseActorId } from "../ids.js"
import type { Strategy } from "../supervision/child-spec.js"
import type { Child } from "../supervision/child.js"
import type { Ending } from "../supervision/death-ladder.js"
import { made, nothing, oneOf, optional, record, type Shaped } from "../wire/shape.js"
import type { Assembly } from "./assembly.js"

/** How a supervisor looks after its children. */
export interface Supervision {
  readonly strategy: Strategy
  /** Restarts of its children that are still admitted before it ends. */
  readonly restartsLeft: number
}

/** What a host says of its actors. */
interface HostListing {
  readonly rows: readonly ActorRow[]
  /** Of the actor it was made for, when that is a supervisor. */
  readonly supervises: Supervision | undefined
}

/** What `troupe ps` shows of one actor. */
export interface ActorRow {
  readonly name: string
  readonly id: ActorId
  readonly kind: string
  readonly placement: Placement
  readonly status: string
  readonly pid: number
  readonly threadId: number
  readonly restarts: number
  readonly restartsLeft: number
  readonly uptimeMs: number
  readonly inFlight: number
  readonly books: BooksView
  readonly parent?: ActorId
  /** What its supervisor calls it. */
  readonly specId?: string
  /** Milliseconds until it is tried again. */
  readonly retryInMs?: number
  /** What it does for its children, when it is a supervisor. */
  readonly supervises?: Supervision
  readonly lastExit?: ExitReason
  /** Whether its program may end by itself while it lives; only of those that the program spawned itself. */
  readonly daemon?: boolean
}

const NO_BOOKS: BooksView = { sent: 0, handled: 0, failed: 0, expired: 0, dropped: 0, deadLettered: 0, lost: 0, inFlight: 0 }
/** A host that does not answer within this time is listed without what only it knows. */
const LIST_MS = 1000

const endShape = record({
  id: made(parseActorId),
  rung: oneOf("drain", "stop", "cancel", "kill", "sigkill"),
  /** What the first rung may take. @default that rung's own budget */
  timeoutMs: optional(made((value) => millis(value, "timeoutMs"))),
})

/** Serves the requests. */
export function serveHostRequests(assembly: Assembly): void {
  const { agent } = assembly.runtime
  agent.serve("ping", nothing, () => true)
  agent.serve("list", nothing, () => listHost(assembly))
  agent.serve("end", endShape, (request) => endOwned(assembly, request))
  agent.serve("restart", record({ id: made(parseActorId) }), ({ id }) => restartOwned(assembly, id))
}

/** Every actor this host owns, and those in the hosts below it. */
export async function listActors(assembly: Assembly): Promise<ActorRow[]> {
  const rows = await Promise.all(
    [...assembly.children.values()].map(async (child) => {
      if (child.hosted.placement === "inline") return [await rowOf(child, supervisionBy(assembly, child.hosted.id))]
      const { rows, supervises } = await listBelow(assembly, child)
      return [await rowOf(child, supervises), ...rows]
    }),
  )
  return rows.flat()
}

/** Ends an actor this host owns. @throws {NoActorError} */
function endOwned(assembly: Assembly, { id, rung, timeoutMs }: Shaped<typeof endShape>): Promise<Ending> {
  return ownedChild(assembly, id).end(rung, timeoutMs)
}

async function restartOwned(assembly: Assembly, id: ActorId): Promise<{ restarts: number }> {
  const child = ownedChild(assembly, id)
  await child.restart()
  return { restarts: child.restarts }
}

function ownedChild(assembly: Assembly, id: ActorId): Child {
  const child = assembly.children.get(id)
  if (child === undefined) throw new NoActorError(id)
  return child
}

async function listHost(assembly: Assembly): Promise<HostListing> {
  const rows = await listActors(assembly)
  return { rows, supervises: supervisionBy(assembly, actorId(assembly.runtime.host, 0)) }
}

async function listBelow(assembly: Assembly, child: Child): Promise<HostListing> {
  const nothing: HostListing = { rows: [], supervises: undefined }
  if (child.status !== "running") return nothing
  try {
    return (await assembly.runtime.askHost(hostOf(child.hosted.id), "list", { timeoutMs: LIST_MS })) as HostListing
  } catch {
    return nothing
  }
}

/** How an actor of this host looks after its children. */
function supervisionBy(assembly: Assembly, id: ActorId): Supervision | undefined {
  const group = assembly.groupOf(id)
  return group?.strategy === undefined ? undefined : { strategy: group.strategy, restartsLeft: group.restartsLeft() }
}

async function rowOf(child: Child, supervises: Supervision | undefined): Promise<ActorRow> {
  const books = await child.hosted.count().catch(() => NO_BOOKS)
  const { id, placement, pid, threadId } = child.hosted
  return {
    name: child.ref.name,
    id,
    kind: child.definition.kind,
    placement,
    status: child.status,
    pid,
    threadId,
    restarts: child.restarts,
    restartsLeft: child.restartsLeft,
    uptimeMs: Date.now() - child.startedAt,
    inFlight: books.inFlight,
    books,
    ...(child.parent === undefined ? {} : { parent: child.parent }),
    ...(child.specId === undefined ? {} : { specId: child.specId }),
    ...(child.retryAt === undefined ? {} : { retryInMs: Math.max(0, child.retryAt - Date.now()) }),
    ...(supervises === undefined ? {} : { supervises }),
    ...(child.lastExit === undefined ? {} : { lastExit: child.lastExit }),
    ...(child.options.daemon === undefined ? {} : { daemon: child.options.daemon }),
  }
}
