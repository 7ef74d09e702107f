// queue-network — event-based coordination: sectors of a network of queues are simulated on their own and interact by events alone. None
// knows the others, nor who coordinates. Because no journey is shorter than one unit of time, all may run ahead that far without asking:
// what happens elsewhere meanwhile cannot reach them earlier (conservative simulation; K. M. Chandy and J. Misra, 1979).
//
//   npx troupe run queue-network
//   npx troupe run queue-network --workers 4 --placement process

import { z } from "zod"
import { Actor, actor, Coordinator, handler, type TopicEvent } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"
import { type Arrival, firstArrivals, JOURNEY, packed, Sector, type Tally, UNIT, unpacked } from "./network/kernel.js"

const HORIZON = 30
const CUSTOMERS_BY_STATION = 16
const CUSTOMERS_BY_WINDOW = 20_000
const WINDOW_TOPIC = "queue-network.window"
/** Longer than any window takes. */
const PATIENCE_MS = 60_000

interface Network {
  readonly customers: number
  readonly stations: number
}

interface Course extends Tally {
  /** Customers on their way at the end; nobody is lost. */
  readonly underway: number
}

/** Published for all sectors. */
interface Window {
  readonly until: number
  /** Who comes from another sector. */
  readonly arrivals: Float64Array
}

/** Published by each sector when it has done a window. */
interface Done {
  readonly away: Float64Array
  readonly tally: Tally
  readonly waiting: number
}

const Given = z.object({ rank: z.int(), size: z.int(), customers: z.int(), stations: z.int() })

@actor({ kind: "queue-network-sector", module: import.meta.url, description: "Simulates some stations of a network of queues" })
export class QueueNetworkSector extends Actor {
  #sector: Sector | undefined
  #topic = ""

  @handler({ input: Given })
  open({ rank, size, customers, stations }: z.infer<typeof Given>): void {
    this.#sector = new Sector(stations, (station) => station % size === rank)
    this.#sector.take(firstArrivals(customers, stations))
    this.#topic = doneTopic(rank)
    this.context.subscribe(WINDOW_TOPIC, "window")
  }

  @handler()
  window({ data }: TopicEvent): void {
    const { until, arrivals } = data as Window
    if (this.#sector === undefined) return
    this.#sector.take(unpacked(arrivals))
    const away = packed(this.#sector.runUntil(until))
    this.context.publish(this.#topic, { away, tally: this.#sector.tally, waiting: this.#sector.waiting } satisfies Done)
  }
}

export const queueNetwork: Example<Network, Course> = {
  explanation: {
    pattern: "event-based coordination",
    consider: [
      "independence: a sector needs to know only who comes to it; it publishes who leaves, and does not care who listens",
      "look-ahead: no journey is shorter than one unit of time, so all sectors may run one unit ahead before they have to hear of each other",
      "deadlines: the coordinator waits for every sector's event (waitForAll) with a time-out, and no longer than all sectors live, since one that died publishes nothing",
    ],
    mapping: "station s belongs to sector s modulo the number of workers; one sector per worker, for the whole run",
  },
  takes: ["size"],
  size: { of: "customers", usual: 20_000, least: 16, most: 1_000_000 },

  prepare: ({ size }) => ({ customers: size, stations: Math.ceil(size / CUSTOMERS_BY_STATION) }),

  async sequential({ customers, stations }, pace) {
    const sector = new Sector(stations, () => true)
    sector.take(firstArrivals(customers, stations))
    for (const until of windowsFor(customers)) {
      sector.runUntil(until)
      await pace.at(until / HORIZON)
    }
    return { ...sector.tally, underway: sector.waiting }
  },

  async parallel({ customers, stations }, run) {
    const { pace } = run
    using coordinator = new Coordinator(run)
    const crew = await run.hire(QueueNetworkSector)
    await crew.each((ask, rank) => ask.open({ rank, size: crew.size, customers, stations }))
    let arrivals: readonly Arrival[] = []
    let done: readonly Done[] = []
    const sum = (of: (one: Done) => number): number => done.reduce((total, one) => total + of(one), 0)
    let reached = 0
    run.soFar(() => ({ served: sum(({ tally }) => tally.served), "until time": reached, of: HORIZON }))
    await crew.during(async (signal) => {
      const topics = crew.refs.map((_, rank) => doneTopic(rank))
      for (const until of windowsFor(customers)) {
        // Begin to wait, then publish: an event that nobody waits for yet is gone.
        const all = coordinator.waitForAll(topics, { timeoutMs: PATIENCE_MS, signal })
        run.publish(WINDOW_TOPIC, { until, arrivals: packed(arrivals) } satisfies Window)
        done = (await all).map(({ data }) => data as Done)
        arrivals = done.flatMap(({ away }) => unpacked(away))
        reached = until
        await pace.at(until / HORIZON)
      }
    })
    return {
      served: sum(({ tally }) => tally.served),
      waited: sum(({ tally }) => tally.waited),
      worked: sum(({ tally }) => tally.worked),
      print: sum(({ tally }) => tally.print) % 2 ** 32,
      underway: arrivals.length + sum(({ waiting }) => waiting),
    }
  },

  check: ({ customers, stations }, { sequential, parallel }) => [
    {
      what: "figures that differ from the sequential version's",
      error: (["served", "waited", "worked", "print"] as const).filter((one) => parallel[one] !== sequential[one]).length,
      within: 0,
    },
    { what: "customers lost or gained", error: Math.abs(parallel.underway - customers), within: 0 },
    { what: "share of the time that stations work", error: parallel.worked / UNIT / (stations * HORIZON), within: 1 },
  ],

  figures: (_, { served, waited }) => ({ served, "mean wait": served === 0 ? 0 : waited / UNIT / served }),
}

function doneTopic(rank: number): string {
  return `queue-network.done.r${String(rank)}`
}

/** The ends of the windows. More customers have shorter ones, so that what moves in one fits into one message of the bus. */
function windowsFor(customers: number): number[] {
  const count = (HORIZON / JOURNEY) * Math.ceil(customers / CUSTOMERS_BY_WINDOW)
  return Array.from({ length: count }, (_, at) => (HORIZON * (at + 1)) / count)
}
