// ChildHostData — what a thread or process is told when it is started. Plain data: it crosses to a worker, or stands in a file.

import type { MailboxOptions } from "../actor/mailbox-options.js"
import type { Placement } from "../actor/surroundings.js"
import type { BusAddress } from "../bus/bus-address.js"
import type { HostId } from "../ids.js"
import type { HostRuntime } from "./host-runtime.js"
import type { Launched } from "./host-unit.js"

export interface ChildHostData {
  readonly host: HostId
  /** Which life of the host this is, from 1; told with every report. */
  readonly incarnation: number
  readonly owner: HostId
  readonly ownerIncarnation: number
  readonly placement: Placement
  readonly name: string | undefined
  readonly kind: string
  readonly module: string
  readonly mailbox: MailboxOptions
  /** The args, encoded: they may hold what structured cloning does not carry, refs above all. */
  readonly args: Uint8Array
  readonly askTimeoutMs: number
  readonly strictMessages: boolean
  /** How often its loop gives a sign of life, in milliseconds. */
  readonly beatMs: number | undefined
  readonly inherited: Inherited
}

/** Settings that every host below a program shares with it. */
export interface Inherited {
  readonly prefix: string
  readonly stateDir: string
  readonly logLevel: string
  readonly logFormat: string
  /** URL of the module that registers providers, loaded before any actor is made. */
  readonly providers: string | undefined
  readonly pm2Home: string
  /** What all code is that its actors may run, as a hash; undefined where nobody compares it. */
  readonly code?: string | undefined
  /** The module of each kind that was found at start; it grows while the program looks. */
  readonly modules: Readonly<Record<string, string>>
  /** How to get on the bus; undefined for a program without one. It holds secrets. */
  readonly bus: BusAddress | undefined
  /** How large the data of an event may be, for a host that is not on the bus itself. */
  readonly maxEventBytes: number
  readonly budgets: { readonly drainMs: number; readonly stopMs: number; readonly cancelMs: number; readonly killMs: number }
  readonly defaults: { readonly mailbox: MailboxOptions; readonly startTimeoutMs: number }
  readonly intensity: { readonly maxRestarts: number; readonly withinMs: number }
}

/** The data for one actor with a host of its own. @throws {UnencodableError} for args that cannot leave this host. */
export function childHostData(runtime: HostRuntime, of: Launched, placement: Placement): ChildHostData {
  const { definition, name, args, mailbox, beatMs } = of.spec
  return {
    host: of.host,
    incarnation: of.incarnation,
    owner: runtime.host,
    ownerIncarnation: runtime.settings.incarnation,
    placement,
    name,
    kind: definition.kind,
    module: definition.module,
    mailbox,
    args: new Uint8Array(runtime.codec.encode(args)),
    askTimeoutMs: runtime.settings.askTimeoutMs,
    strictMessages: runtime.settings.strictMessages,
    beatMs,
    inherited: runtime.settings.inherited,
  }
}
