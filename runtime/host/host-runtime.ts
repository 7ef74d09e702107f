// HostRuntime — everything one JavaScript heap needs to run actors: its cells, and the way to all other hosts.
// Owns the table of local cells and the wiring of actor/, wire/ and transport/. Supervision, events and names are given to it.
// H1  A local number is never given twice, in no incarnation of the host, so that an old address never reaches a new actor.

import type { ActorCell } from "../actor/actor-cell.js"
import type { CellParts } from "../actor/actor-cell.js"
import { ActorRef, type FateTeller } from "../actor/actor-ref.js"
import { type AskOptions, Asks } from "../actor/asks.js"
import { Books } from "../actor/books.js"
import type { ActorDefinition } from "../actor/definition.js"
import { Delivery, type Target } from "../actor/delivery.js"
import { describeExit, type ExitReason, summarise } from "../actor/exit-reason.js"
import { RunQueue } from "../actor/run-queue.js"
import type { Intake } from "../actor/intake.js"
import type { Ledger } from "../actor/ledger.js"
import type { Above, ActorLog, Placement, Surroundings } from "../actor/surroundings.js"
import { codeOf, NoActorError } from "../errors.js"
import { actorId, type ActorId, hostId, type HostId, hostOf, parentHost, parseActorId } from "../ids.js"
import { firstNumber } from "../transport/host-loss.js"
import { askerOf, type Fate } from "../transport/outstanding.js"
import { addresseeOf, Router } from "../transport/router.js"
import { HOST_ITSELF } from "../wire/envelope.js"
import { MsgpackCodec } from "../wire/msgpack-codec.js"
import { made, number, optional, record, text } from "../wire/shape.js"
import type { Inherited } from "./child-host-data.js"
import { Estate, type Heir } from "./estate.js"
import { HostAgent } from "./host-agent.js"
import { hostReport, sentReport, wayReport } from "./host-report.js"
import type { RemoteActor, SentReport } from "./remote-actor.js"

/** How a host is set up. */
export interface HostSettings {
  readonly host: HostId
  /** Which life of the host this is, from 1; only a node's program has more than one. */
  readonly incarnation: number
  /** The host that started this one. */
  readonly owner: { readonly host: HostId; readonly incarnation: number } | undefined
  /** What its owner reads when it has died. */
  readonly ledger: Ledger | undefined
  /** What of the messages that came from there is settled, for a thread. @default undefined */
  readonly intake?: Intake | undefined
  /** What its inline actors see as their placement: that of the host's own actor, inline for a program. */
  readonly placement: Placement
  readonly askTimeoutMs: number
  readonly strictMessages: boolean
  readonly inherited: Inherited
  /** What former incarnations of a program have left running. */
  readonly heirs?: readonly Heir[]
}

const roomRequest = record({ id: made(parseActorId), messages: optional(number), sender: text })

const REF_EXTENSION = 0x10
/** How long the owner of a host may take to say that it is ready, until it is asked again. */
const LOCATE_MS = 30_000
/** How long a program may take to answer that it is there. */
const PROGRAM_MS = 1000

export class HostRuntime {
  readonly settings: HostSettings
  readonly queue = new RunQueue((error) => this.log.error(`a step of an actor failed: ${messageOf(error)}`))
  readonly asks: Asks
  readonly codec: MsgpackCodec
  readonly router: Router
  readonly agent: HostAgent
  readonly estate: Estate
  readonly #cells = new Map<number, ActorCell>()
  readonly #remotes = new Map<HostId, RemoteActor>()
  readonly #above: () => Above
  readonly #surroundings: Surroundings
  readonly #fates: FateTeller = {
    join: (ref, options) => this.#above().join(ref, options),
    isAlive: (ref) => this.#above().isAlive(ref),
    room: (ref, options) => this.#above().room(ref, options),
  }
  /** What became of messages for cells that are no more. */
  readonly past = new Books()
  /** Messages refused because they were malformed. */
  garbage = 0
  #lastGarbage = -Infinity
  #nextCell: number
  #nextHost: number

  constructor(settings: HostSettings, above: () => Above) {
    this.settings = settings
    this.#above = above
    this.#nextCell = this.#nextHost = firstNumber(settings.incarnation)
    this.estate = new Estate(settings.heirs ?? [])
    this.asks = new Asks(settings.askTimeoutMs)
    this.codec = new MsgpackCodec({
      extensions: [
        {
          type: REF_EXTENSION,
          Class: ActorRef,
          pack: (ref: ActorRef) => [ref.id, ref.name, ref.kind],
          unpack: (parts) => this.#unpackRef(parts),
        },
      ],
    })
    this.agent = new HostAgent(settings.host, (request, error) => this.#requestFailed(request.slice(0, 64), error))
    this.router = new Router({
      self: settings.host,
      incarnation: settings.incarnation,
      owner: settings.owner,
      ledger: settings.ledger,
      intake: settings.intake,
      codec: this.codec,
      local: (to) => (to === HOST_ITSELF ? this.agent : this.#cells.get(to)),
      deadLetter: (letter) => above().deadLetter(letter),
      isBelow: (host) => this.isBelow(host),
      locate: (host) => this.#locate(host),
      report: (host, sent) =>
        this.tellHost(parentHost(host) ?? host, "sent", { host, asker: this.asker, sent } satisfies SentReport),
      garbage: (error) => this.noteGarbage(error),
    })
    this.#surroundings = this.#surround()
    for (const heir of this.estate.unclaimed) {
      this.router.routes.expect(heir.host, heir.incarnation)
      this.router.routes.ready(heir.host)
    }
    this.agent.serve("locate", made(hostId), (host) => this.router.routes.located(host))
    this.agent.serve("room", roomRequest, ({ id, ...call }, reply) => {
      const cell = this.cell(id)
      if (cell === undefined) throw new NoActorError(id)
      return cell.room({ ...call, signal: reply?.signal })
    })
    this.agent.serve("sent", sentReport, ({ host, asker, sent }) => this.#remotes.get(host)?.reportSent(asker, sent))
    this.agent.serve("way-begins", wayReport, (report) => this.router.threads.begins(report))
    this.agent.serve("way-left", wayReport, (report) => this.router.threads.rests(report))
    this.agent.serve("way-read", wayReport, (report) => this.router.threads.read(report))
    this.agent.serve("report", hostReport, (report) => this.#remotes.get(report.host)?.report(report))
  }

  get host(): HostId {
    return this.settings.host
  }

  /** This incarnation of the host, as the ledgers of others name it. */
  get asker(): string {
    return askerOf(this.settings.host, this.settings.incarnation)
  }

  get log(): ActorLog {
    return this.#above().logOf(this.settings.host)
  }

  get cells(): IterableIterator<ActorCell> {
    return this.#cells.values()
  }

  /** A local actor by its id, if it is one. */
  cell(id: ActorId): ActorCell | undefined {
    return hostOf(id) === this.host ? this.#cells.get(addresseeOf(id)) : undefined
  }

  /** Adds a cell, made by `make`. `root` makes it the actor this host was made for. */
  addCell<C extends ActorCell>(
    parts: Omit<CellParts, "id" | "name"> & { name: string | undefined; root?: boolean },
    make: (parts: CellParts, around: Surroundings) => C,
  ): C {
    const isRoot = parts.root === true
    const n = isRoot ? 0 : this.#nextCell++
    const id = actorId(this.host, n)
    const { definition, args, mailbox, name = id } = parts
    const { ledger, intake } = this.settings
    const books = isRoot && ledger !== undefined ? { books: ledger.books, intake } : undefined
    const cell = make({ id, name, definition, args, mailbox, ...books }, this.#surroundings)
    this.#cells.set(n, cell)
    return cell
  }

  /** Takes a cell out; its counts are kept in the host's. */
  removeCell(cell: ActorCell): void {
    if (this.#cells.delete(addresseeOf(cell.id))) this.past.add(cell.books.view())
  }

  /** Keeps an actor with a host of its own, whose reports come to it. */
  addRemote(host: HostId, remote: RemoteActor): void {
    this.#remotes.set(host, remote)
  }

  removeRemote(host: HostId): void {
    this.#remotes.delete(host)
  }

  /** Whether a host was started here and has not ended for good. */
  isBelow(host: HostId): boolean {
    return this.#remotes.has(host) || this.estate.has(host)
  }

  /** Settles what waited for a host that is gone, and has everyone told. */
  hostDown(host: HostId, reason: ExitReason, fate: Fate): void {
    this.router.hostDown(host, describeExit(reason), fate)
    this.#above().hostDown(host, reason, fate)
  }

  /** Logs a message that is none, once a second at most; each is counted by whoever met it. */
  noteGarbage(error: unknown, subject = "a host subject"): void {
    this.garbage++
    const now = performance.now()
    if (now - this.#lastGarbage < 1000) return
    this.#lastGarbage = now
    this.log.warn(`refused a malformed message on ${subject}: ${messageOf(error)}`, {
      sofar: this.garbage,
    })
  }

  /** An id for a host that is started here. */
  nextHostId(kind: "t" | "p"): HostId {
    return `${this.host}-${kind}${(this.#nextHost++).toString(36)}` as HostId
  }

  /** A ref of any actor, here or elsewhere. */
  refTo(parts: { id: ActorId; name: string; kind: string; definition?: ActorDefinition | undefined }): ActorRef {
    const { id, name, kind } = parts
    const cell = this.cell(id)
    if (cell !== undefined) return new ActorRef(cell)
    const target = this.router.target(id, name)
    return new ActorRef({ id, name, kind, definition: parts.definition, target, asks: this.asks, fates: this.#fates })
  }

  /** Where messages for a ref go. */
  targetOf(ref: ActorRef): Target {
    return this.cell(ref.id) ?? this.router.target(ref.id, ref.name)
  }

  /** Asks another host itself, behind all that was sent there before. */
  askHost(host: HostId, request: string, call: AskOptions & { readonly input?: unknown } = {}): Promise<unknown> {
    const target = host === this.host ? this.agent : this.router.hostTarget(host)
    return this.asks.ask(target, `host ${host}`, { input: undefined, ...call, handler: request })
  }

  /**
   * Asks whichever incarnation of another host is there now. Where nobody is, that is told at once: nothing is kept for the host.
   * @throws {NotDeliveredError} when nobody is there, or there is no way to it
   */
  askPresent(host: HostId, request: string, { input, timeoutMs }: { input?: unknown; timeoutMs: number }): Promise<unknown> {
    return this.asks.ask(this.router.anyTarget(host), `host ${host}`, { handler: request, input, timeoutMs })
  }

  /** Tells another host itself. */
  tellHost(host: HostId, request: string, input: unknown): void {
    const target = host === this.host ? this.agent : this.router.hostTarget(host)
    target.accept(new Delivery(request, input, Infinity, undefined))
  }

  #requestFailed(request: string, error: unknown): void {
    const code = codeOf(error)
    if (code === "ERR_BAD_MESSAGE" || code === "ERR_NO_HANDLER") this.noteGarbage(error, `the host request ${request}`)
    else this.log.warn(`a host request failed: ${request}: ${messageOf(error)}`)
  }

  async #locate(host: HostId): Promise<unknown> {
    const parent = parentHost(host)
    if (parent !== undefined) return this.askHost(parent, "locate", { input: host, timeoutMs: LOCATE_MS })
    await this.askPresent(host, "ping", { timeoutMs: PROGRAM_MS })
    return undefined
  }

  #surround(): Surroundings {
    const above = this.#above
    const { host, placement, strictMessages, inherited } = this.settings
    return {
      host,
      placement,
      home: inherited,
      queue: this.queue,
      asks: this.asks,
      fates: this.#fates,
      copy: strictMessages ? (value) => this.codec.decode(this.codec.encode(value)) : undefined,
      prepare: (definition) => above().prepare(definition),
      instantiate: (definition, args) => above().instantiate(definition, args),
      familyOf: (cell) => above().familyOf(cell),
      logOf: (name) => above().logOf(name),
      refOf: (cell) => new ActorRef(cell),
      deadLetter: (letter) => above().deadLetter(letter),
      watch: (watcher, target) => above().watch(watcher, target),
      unwatch: (watcher, target) => above().unwatch(watcher, target),
      link: (cell, partner) => above().link(cell, partner),
      unlink: (cell, partner) => above().unlink(cell, partner),
      forget: (cell, reason) => above().forget(cell, reason),
      publish: (topic, data) => above().publish(topic, data),
      subscribe: (cell, pattern, deliver) => above().subscribe(cell, pattern, deliver),
      lookup: (name) => above().lookup(name),
      enumerate: () => above().enumerate(),
    }
  }

  #unpackRef(parts: unknown): ActorRef {
    const [id, name, kind] = Array.isArray(parts) ? (parts as unknown[]) : []
    return this.refTo({ id: parseActorId(id), name: String(name), kind: String(kind) })
  }
}

function messageOf(error: unknown): string {
  return summarise(error).message
}
