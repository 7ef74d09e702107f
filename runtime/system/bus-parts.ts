// What a process's own host has on the bus: its transport, events, names and services.

import type { BusConnection } from "../bus/bus-connection.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { prefix as checkedPrefix } from "../ids.js"
import { NatsEvents } from "../transport/nats-events.js"
import { NatsNames } from "../transport/nats-names.js"
import { NatsEndpoints } from "../transport/nats-endpoints.js"
import { NatsPresence } from "../transport/nats-presence.js"
import { NatsTransport } from "../transport/nats-transport.js"
import { PlainMsgpackCodec } from "../wire/plain-msgpack-codec.js"
import { nothing } from "../wire/shape.js"
import type { Beyond } from "./assembly.js"
import { VERSION } from "./version.js"

export interface BusParts {
  readonly connection: BusConnection
  readonly prefix: string
  /** Who this program is, for others on the bus. */
  readonly holder: string
}

/** Joins a host to the bus. */
export function joinBus(runtime: HostRuntime, parts: BusParts): Beyond {
  const { connection, holder } = parts
  const prefix = checkedPrefix(parts.prefix)
  const { codec, asks, router } = runtime
  const garbage = (error: unknown): void => runtime.noteGarbage(error)
  router.routes.fallback = new NatsTransport({
    connection,
    prefix,
    self: runtime.host,
    receive: router.receive,
    undelivered: (from, refused, frame) => router.returns.undelivered(from, refused, frame),
    garbage,
  })
  runtime.agent.serve("settle-bus", nothing, () => connection.flush(500))
  const presence = new NatsPresence({ connection, prefix })
  return {
    peers: {
      look: (host) => presence.look(host),
      onReturn: (returned) =>
        connection.onStatus(({ type }) => {
          if (type === "connected") returned()
        }),
    },
    carrier: new NatsEvents({ connection, prefix, garbage }),
    names: new NatsNames({ connection, prefix, codec, holder }),
    services: new NatsEndpoints({
      connection,
      prefix,
      codec: new PlainMsgpackCodec(codec),
      asks,
      version: VERSION,
      refused: (subject, error) => runtime.noteGarbage(error, subject),
    }),
  }
}
