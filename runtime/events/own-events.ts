// OwnEvents — what the runtime itself publishes: lives of actors, dead letters, hosts that are gone.
// R1  It never throws: an event that cannot go out as it is goes out short, or is logged; nobody ends for it.

import { summarise } from "../actor/exit-reason.js"
import type { ActorLog } from "../actor/surroundings.js"
import type { EventBus } from "./event-bus.js"

export class OwnEvents {
  readonly #events: Pick<EventBus, "publish">
  readonly #log: ActorLog

  constructor(events: Pick<EventBus, "publish">, log: ActorLog) {
    this.#events = events
    this.#log = log
  }

  /** Publishes data, or else what is shorter and says the same in fewer words. */
  publish(topic: string, data: unknown, shorter?: unknown): void {
    try {
      this.#events.publish(topic, data)
    } catch (error) {
      if (shorter !== undefined) this.publish(topic, shorter)
      else this.#log.warn(`the event ${topic} cannot be published: ${summarise(error).message}`)
    }
  }
}
