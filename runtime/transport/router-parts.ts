// What a router needs of its host.

import type { DeadLetter, Target } from "../actor/delivery.js"
import type { Intake } from "../actor/intake.js"
import type { Ledger } from "../actor/ledger.js"
import type { HostId } from "../ids.js"
import type { Addressee } from "../wire/envelope.js"
import type { MsgpackCodec } from "../wire/msgpack-codec.js"
import type { Sent } from "./route.js"

export interface RouterParts {
  readonly self: HostId
  /** The incarnation of this host. */
  readonly incarnation: number
  /** The host that started this one, and its incarnation. */
  readonly owner: { readonly host: HostId; readonly incarnation: number } | undefined
  readonly codec: MsgpackCodec
  /** Where it is written what begins here, for a host that somebody owns. */
  readonly ledger: Ledger | undefined
  /** Where it is written what of its owner's messages is settled, for a thread. */
  readonly intake: Intake | undefined
  /** The local target of that number, if there is one; HOST_ITSELF is the host agent. */
  readonly local: (to: Addressee) => Target | undefined
  readonly deadLetter: (letter: DeadLetter) => void
  /** Whether a host that was started here has not ended for good. */
  readonly isBelow: (host: HostId) => boolean
  /** Asks the host that started another for the number of its incarnation, once that is ready; of a program, whether it is there. */
  readonly locate: (host: HostId) => Promise<unknown>
  /** Tells the owner of a host, which is not this one, what went to its actor from here while that incarnation lived. */
  readonly report: (host: HostId, sent: Sent) => void
  /** Told of frames and envelopes that are none. */
  readonly garbage: (error: unknown) => void
}
