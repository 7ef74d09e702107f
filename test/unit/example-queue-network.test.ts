// A network of queues: in sectors it takes the same course as in one piece, and queues behave as queues do.

import { describe, expect, it } from "vitest"
import { type Arrival, firstArrivals, JOURNEY, Sector } from "../../actors/examples/network/kernel.js"

/** Runs a network in so many sectors that meet after each window. */
function course(sectors: number, { customers, stations, until }: { customers: number; stations: number; until: number }) {
  const all = Array.from({ length: sectors }, (_, rank) => new Sector(stations, (station) => station % sectors === rank))
  for (const sector of all) sector.take(firstArrivals(customers, stations))
  let away: Arrival[] = []
  for (let time = JOURNEY; time <= until; time += JOURNEY) {
    for (const sector of all) sector.take(away)
    away = all.flatMap((sector) => sector.runUntil(time))
  }
  const sum = (of: (sector: Sector) => number): number => all.reduce((total, sector) => total + of(sector), 0)
  return {
    served: sum(({ tally }) => tally.served),
    waited: sum(({ tally }) => tally.waited),
    worked: sum(({ tally }) => tally.worked),
    print: sum(({ tally }) => tally.print) % 2 ** 32,
    underway: away.length + sum(({ waiting }) => waiting),
  }
}

describe("a network of queues", () => {
  it.each([2, 3, 7])("takes the same course in %i sectors as in one piece", (sectors) => {
    const network = { customers: 200, stations: 21, until: 12 }
    const whole = course(1, network)
    expect(course(sectors, network)).toEqual(whole)
    expect(whole.served).toBeGreaterThan(200)
    expect(whole.underway).toBe(200)
  })

  it("has nobody wait who is alone, and many wait for one station", () => {
    expect(course(1, { customers: 1, stations: 5, until: 20 }).waited).toBe(0)
    expect(course(1, { customers: 500, stations: 1, until: 5 }).waited).toBeGreaterThan(0)
  })

  it("serves in the order of arrival, one after the other", () => {
    const sector = new Sector(1, () => true)
    const arrivals = [3, 1, 2].map((customer) => ({ at: customer / 1000, customer, visit: 0, station: 0 }))
    sector.take(arrivals)
    sector.runUntil(0.5)
    const { served, waited, worked } = sector.tally
    // The first waits for nobody, the second for the first, the third for both.
    expect(served).toBe(3)
    expect(waited).toBeGreaterThan(0)
    expect(waited).toBeLessThan(2 * worked)
    expect(sector.waiting).toBe(3)
  })

  it("has no journey shorter than what sectors run ahead", () => {
    const sector = new Sector(4, () => false)
    const own = new Sector(4, (station) => station === 0)
    sector.take(firstArrivals(100, 4))
    expect(sector.waiting).toBe(0)
    own.take(firstArrivals(100, 4))
    const away = own.runUntil(JOURNEY)
    expect(away.length).toBeGreaterThan(0)
    for (const { at } of away) expect(at).toBeGreaterThanOrEqual(JOURNEY)
  })
})
