// A closed network of queues: customers wait at a station, are served one at a time in the order of arrival, and travel on to another.
// Everything that looks random follows from the customer and how often it was served, so every order of computation gives the same course.

/** A customer comes to a station. */
export interface Arrival {
  readonly at: number
  readonly customer: number
  /** How often it was served before. */
  readonly visit: number
  readonly station: number
}

/** No journey is shorter; so what a station does now changes nothing elsewhere before that much later. */
export const JOURNEY = 1
const MEAN_SERVICE = 0.02
/** Sums of time are kept in whole billionths, so that they do not depend on the order of additions. */
export const UNIT = 1e9

/** From 0 up to, and without, 1. */
function drawn(customer: number, visit: number, what: number): number {
  let mixed = Math.imul(customer + 1, 0x9e3779b1) ^ Math.imul(visit + 1, 0x85ebca6b) ^ Math.imul(what + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

function stationOf(customer: number, visit: number, stations: number): number {
  return Math.floor(drawn(customer, visit, 0) * stations)
}

/** Where everybody is at first. */
export function firstArrivals(customers: number, stations: number): Arrival[] {
  return Array.from({ length: customers }, (_, customer) => ({
    at: drawn(customer, 0, 3) * JOURNEY,
    customer,
    visit: 0,
    station: stationOf(customer, 0, stations),
  }))
}

/** What a part of the network has come to. */
export interface Tally {
  readonly served: number
  /** The time customers have waited, all together, in billionths. */
  readonly waited: number
  /** The time stations have worked, all together, in billionths. */
  readonly worked: number
  /** Who was served when, in one number. */
  readonly print: number
}

/** Some of the stations, with the arrivals that are to come to them. */
export class Sector {
  readonly #stations: number
  readonly #free: Float64Array
  readonly #coming: Arrival[] = []
  readonly #owns: (station: number) => boolean
  #served = 0
  #worked = 0
  #waited = 0
  #print = 0

  constructor(stations: number, owns: (station: number) => boolean) {
    this.#stations = stations
    this.#free = new Float64Array(stations)
    this.#owns = owns
  }

  /** Arrivals for stations of others are passed over. */
  take(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) if (this.#owns(arrival.station)) push(this.#coming, arrival)
  }

  /** Handles all arrivals before a time. Returns those that result for stations of others. */
  runUntil(time: number): Arrival[] {
    const away: Arrival[] = []
    for (let next = this.#coming[0]; next !== undefined && next.at < time; next = this.#coming[0]) {
      pop(this.#coming)
      const onward = this.#serve(next)
      if (this.#owns(onward.station)) push(this.#coming, onward)
      else away.push(onward)
    }
    return away
  }

  get waiting(): number {
    return this.#coming.length
  }

  get tally(): Tally {
    return { served: this.#served, waited: this.#waited, worked: this.#worked, print: this.#print }
  }

  #serve({ at, customer, visit, station }: Arrival): Arrival {
    const begin = Math.max(at, this.#free[station] as number)
    const service = MEAN_SERVICE * (0.5 + drawn(customer, visit, 1))
    const end = begin + service
    this.#free[station] = end
    this.#served++
    this.#waited += Math.round((begin - at) * UNIT)
    this.#worked += Math.round(service * UNIT)
    // Order among stations must not matter, so what happened is added up, never chained.
    this.#print = (this.#print + Math.imul(customer + 1, Math.floor(end * 1e6) | 1)) >>> 0
    const left = end + JOURNEY * (1 + drawn(customer, visit, 2))
    // Written like all others: objects of one shape are read several times as fast.
    return { at: left, customer, visit: visit + 1, station: stationOf(customer, visit + 1, this.#stations) }
  }
}

function isBefore(a: Arrival, b: Arrival): boolean {
  return a.at < b.at || (a.at === b.at && a.customer < b.customer)
}

/** A binary heap, the earliest first. */
function push(heap: Arrival[], arrival: Arrival): void {
  let at = heap.length
  heap.push(arrival)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Arrival
    if (!isBefore(arrival, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = arrival
}

function pop(heap: Arrival[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    if (below + 1 < heap.length && isBefore(heap[below + 1] as Arrival, heap[below] as Arrival)) below++
    if (!isBefore(heap[below] as Arrival, last)) break
    heap[at] = heap[below] as Arrival
    at = below
  }
  heap[at] = last
}

const FIELDS = 4

/** Arrivals as numbers, a fifth of what they take as objects: events have to fit into one message of the bus. */
export function packed(arrivals: readonly Arrival[]): Float64Array {
  const numbers = new Float64Array(arrivals.length * FIELDS)
  for (const [i, { at, customer, visit, station }] of arrivals.entries()) numbers.set([at, customer, visit, station], i * FIELDS)
  return numbers
}

export function unpacked(numbers: Float64Array): Arrival[] {
  return Array.from({ length: numbers.length / FIELDS }, (_, i) => {
    const [at = 0, customer = 0, visit = 0, station = 0] = numbers.subarray(i * FIELDS, (i + 1) * FIELDS)
    return { at, customer, visit, station }
  })
}
