import { describe, expect, it } from "vitest"
import { hostId, prefix } from "../../runtime/ids.js"
import { NatsPresence } from "../../runtime/transport/nats-presence.js"
import { hostSubject } from "../../runtime/wire/subject.js"
import { testBus } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { runProgram } from "../support/run-program.js"

const PREFIX = prefix("presence")

describe("presence on the bus", () => {
  it("a host that is served is there, also while its process is stopped; one that nobody serves is gone", async () => {
    const bus = await testBus()
    const { url, user, password } = bus
    const options = {
      bus: url.replace("://", `://${user}:${password}@`),
      prefix: PREFIX,
      stateDir: bus.stateDir,
      logLevel: "silent",
    }
    const program = runProgram(`
      const { Probe } = await import(fixtures + "probe.js")
      const system = await runtime.ActorSystem.start(${JSON.stringify(options)})
      console.log("host " + (await system.spawn(Probe)).id + " ready")`)
    await program.said("ready")
    const host = hostId(/host (\w+):/.exec(program.printed())?.[1])
    const connection = await bus.connect({ echo: "off" })
    const presence = new NatsPresence({ connection, prefix: PREFIX })
    const look = (): Promise<string[]> => Promise.all([presence.look(host), presence.look(hostId("nobody"))])
    expect(await look()).toEqual(["there", "gone"])
    program.signal("SIGSTOP")
    for (let i = 0; i < 10; i++) expect(await look()).toEqual(["there", "gone"])
    program.signal("SIGCONT")
    expect(await look()).toEqual(["there", "gone"])
    program.signal("SIGKILL")
    await program.ended
    await eventually(async () => (await presence.look(host)) === "gone")
    // Looking is nothing that anybody would have to count as malformed.
    expect(program.printed()).not.toContain("malformed")
  })

  it("nobody is gone while the bus is away, nor for a while after: the others may be on their way back", async () => {
    const bus = await testBus()
    const [connection, other] = await Promise.all([bus.connect({ echo: "off" }), bus.connect({ echo: "off" })])
    let now = 0
    const presence = new NatsPresence({ connection, prefix: PREFIX, now: () => now })
    const here = hostId("here")
    other.raw.subscribe(hostSubject(PREFIX, here), { callback: () => undefined })
    await other.flush()
    const look = (): Promise<string[]> => Promise.all([presence.look(here), presence.look(hostId("nobody"))])
    expect(await look()).toEqual(["there", "gone"])
    await bus.kill()
    await eventually(() => !connection.isConnected)
    expect(await look()).toEqual(["unknown", "unknown"])
    await bus.restart()
    await eventually(() => connection.isConnected && other.isConnected)
    expect(await look()).toEqual(["unknown", "unknown"])
    await other.flush()
    now = 10_000
    expect(await look()).toEqual(["there", "gone"])
  })
})
