import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { MsgpackCodec } from "../../runtime/internal.js"
import { Probe } from "../fixtures/probe.js"
import { type BareHost, joinBareHost } from "../support/bare-host.js"
import { failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
let stranger: BareHost
const probes = new Map<string, ActorRef<Probe>>()
const codec = new MsgpackCodec()

beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
  stranger = await joinBareHost(system)
  for (const placement of PLACEMENTS) probes.set(placement, await system.spawn(Probe, { placement, name: `probe-${placement}` }))
})
afterAll(async () => {
  await stranger.close()
  await test.stop()
})

function probeOf(placement: string): ActorRef<Probe> {
  const probe = probes.get(placement)
  if (probe === undefined) throw new Error(`no probe for ${placement}`)
  return probe
}

const hostOf = (ref: ActorRef): string => ref.id.slice(0, ref.id.lastIndexOf(":"))

/** Whatever msgpack carries. Nothing at all is left out: it is what requests without input have, and some of those end an actor. */
const anything = fc
  .anything({ maxDepth: 3, withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
  .filter((value) => {
    if (value === undefined || value === null) return false
    try {
      return codec.encode(value).length < 100_000
    } catch {
      return false
    }
  })

/** Objects with the fields that requests have, so that more than the first check is met. */
const nearly = fc.record(
  Object.fromEntries(
    [
      "id",
      "host",
      "name",
      "entry",
      "topic",
      "pattern",
      "on",
      "form",
      "bytes",
      "reason",
      "rung",
      "next",
      "type",
      "kind",
      "timeoutMs",
    ].map((field) => [
      field,
      fc.oneof(anything, fc.constantFrom("x1:0", "x1", "a.b", ">", "json", "stop", "ended", "ready", "crashed", true, -1)),
    ]),
  ),
  { requiredKeys: [] },
)

describe.each(PLACEMENTS)("what a host is told by others: %s", (placement) => {
  it("A6 values of any form in every request it serves: each ask is answered or refused, and the actors go on", async () => {
    const host = hostOf(probeOf(placement))
    const requests = await stranger.requestsOf(host)
    expect(requests).toEqual(expect.arrayContaining(["report", "watch", "unwatch", "terminated", "event", "subscribe", "end"]))
    const outcomes = new Set<string>()
    for (const request of requests) {
      await fc.assert(
        fc.asyncProperty(fc.oneof(anything, nearly), async (input) => {
          stranger.tell(host, request, input)
          const outcome = await outcomeOf(stranger.ask(host, request, input))
          outcomes.add(outcome)
          expect({ request, outcome }).not.toEqual({
            request,
            outcome: expect.stringMatching(/^no code|ERR_TIMED_OUT/) as unknown,
          })
        }),
        { numRuns: 60 },
      )
      expect(await probeOf(placement).ask.echo(request)).toBe(request)
    }
    expect(outcomes).toContain("ERR_BAD_MESSAGE")
    for (const other of PLACEMENTS) expect(await probeOf(other).ask.echo(placement)).toBe(placement)
    expect((await system.ps()).map(({ restarts }) => restarts)).toEqual([0, 0, 0])
  })

  it.each([
    ["watch", { id: "x1:3" }, "host"],
    ["watch", { id: 7, host: "x1" }, "id"],
    ["unwatch", {}, "id"],
    ["terminated", { id: "x1:3", reason: { type: "bored", known: "returned" } }, "reason.type"],
    ["subscribe", { host: "x1", on: true }, "pattern"],
    ["subscribe", { host: "x1", pattern: "no spaces", on: true }, "pattern"],
    ["event", { topic: "a", form: "xml", bytes: new Uint8Array(1) }, "form"],
    ["publish", { host: "x1", topic: "a..b", form: "json", bytes: new Uint8Array(1) }, "topic"],
    ["claim-name", { name: "a", entry: { id: "x1:3", kind: "k", placement: "inline", handlers: [1] } }, "entry.handlers[0]"],
    ["claim-name", { name: "no spaces", entry: {} }, "name"],
    ["report", { type: "ended", host: "x1", incarnation: "1", reason: { type: "normal", known: "returned" } }, "incarnation"],
    ["end", { id: "x1:3", rung: "politely" }, "rung"],
    ["restart", "x1:3", ""],
    ["ping", { and: "more" }, ""],
  ])("a %s with %o is refused with the path of what is wrong", async (request, input, path) => {
    const failure = await failureOf(stranger.ask(hostOf(probeOf(placement)), request, input))
    expect(failure).toMatchObject({ code: "ERR_BAD_MESSAGE", data: { handler: request, issues: [{ path }] } })
  })
})
