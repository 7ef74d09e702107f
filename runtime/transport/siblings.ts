// Siblings — the ways of this thread to others that the same host started, past that host.
// Owns what is read from them and when. Who has one, and what becomes of what is in one when its reader dies, is Switchboard's.
// Y1  All that this thread sends to a host is on its way by the owner or by the sibling, never both: it changes over with a word to the
//     owner behind what went before (`way-begins`), and back when the sibling is gone, or this thread goes (`way-left`).
// Y2  What comes by a way is read from when the owner says so (`way-opens`) to its end; while it is read to its end, nothing is
//     read of what comes by the owner.
// Y3  What comes for this thread's own actor is written down before it is opened (KeptLog, Intake), for the owner to keep.

import { Intake } from "../actor/intake.js"
import type { HostId } from "../ids.js"
import { copyHead, readHead } from "../wire/frame.js"
import { CANCEL_BYTES } from "./backlog.js"
import { KeptLog } from "./kept-log.js"
import { RingTransport, type Turn } from "./ring-transport.js"
import type { Router } from "./router.js"
import type { WayOffer } from "./switchboard.js"
import type { WayReport } from "./threads-below.js"

export interface SiblingsParts {
  readonly self: HostId
  readonly router: Router
  /** The way to the owner. */
  readonly owner: RingTransport
  readonly intake: Intake
  readonly turn: Turn
  /** Tells the owner, behind all that was posted before. */
  readonly tell: (request: "way-begins" | "way-left" | "way-read", report: WayReport) => void
  /** What came was no frame. */
  readonly broken: (error: unknown) => void
}

interface Sibling {
  readonly host: HostId
  readonly transport: RingTransport
  isRead: boolean
}

export class Siblings {
  readonly #parts: SiblingsParts
  readonly #ways = new Map<number, Sibling>()
  #log: KeptLog | undefined

  constructor(parts: SiblingsParts) {
    this.#parts = parts
  }

  /** The owner offers a way: what is sent from now on goes there. */
  offered({ way, peer, ends, intake: memory, log }: WayOffer): void {
    const { router, intake, owner, self, turn, broken, tell } = this.#parts
    const beside = (intake.beside ??= new Intake(memory, "beside"))
    const kept = (this.#log ??= new KeptLog(log, beside))
    const transport: RingTransport = new RingTransport({
      ends,
      receive: (bytes) => {
        router.receiveBeside(bytes, beside, ({ roots }) => {
          if (roots > 0 || (!kept.isEmpty && bytes.length <= CANCEL_BYTES))
            kept.add(bytes, roots, { way, position: transport.position })
        })
      },
      ...{ turn, broken },
      reads: false,
      detour: {
        send: (frame) => {
          const head = readHead(frame)
          if (!owner.send(head.to, frame)) router.returns.lostOnItsWay(head, "overloaded")
        },
        lost: (head) => router.returns.lostOnItsWay(readHead(head), "superseded"),
        headOf: copyHead,
      },
    })
    this.#ways.set(way, { host: peer, transport, isRead: false })
    tell("way-begins", { host: self, way })
    router.routes.attach(peer, transport)
  }

  /** What the sibling writes may be read. */
  opens(way: number): void {
    const sibling = this.#ways.get(way)
    if (sibling === undefined || sibling.isRead) return
    sibling.isRead = true
    sibling.transport.resume()
  }

  /** The sibling goes, and what it sends from now on comes by the owner. */
  async rests(way: number): Promise<void> {
    const sibling = this.#ways.get(way)
    if (sibling?.isRead !== true) return
    const { owner } = this.#parts
    owner.pause()
    await sibling.transport.readAll()
    owner.resume()
  }

  /** The sibling is gone. */
  async ends(way: number): Promise<void> {
    const sibling = this.#ways.get(way)
    if (sibling === undefined) return
    const { owner, router, self, tell } = this.#parts
    this.#ways.delete(way)
    router.routes.forgetWay(sibling.host, sibling.transport)
    sibling.transport.leave()
    if (sibling.isRead) {
      owner.pause()
      await sibling.transport.finish()
      owner.resume()
    } else sibling.transport.close()
    tell("way-read", { host: self, way })
  }

  /** Reads what every sibling has sent by now. */
  async readAll(): Promise<void> {
    await Promise.all([...this.#ways.values()].map(({ transport }) => transport.readAll()))
  }

  /** This thread exits: what still waits for room goes by the owner. */
  leave(): void {
    const { self, tell } = this.#parts
    for (const [way, { transport }] of this.#ways) {
      if (!transport.holds) continue
      tell("way-left", { host: self, way })
      transport.leave()
    }
  }
}
