import { describe, expect, it } from "vitest"
import type { ActorRef } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { Probe } from "../fixtures/probe.js"
import { Suicidal } from "../fixtures/suicidal.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { failureOf, outcomeOf, PLACEMENTS, rowOf, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

const once = { restart: "temporary" } as const

describe.each(PLACEMENTS)("the end of an actor: %s", (placement) => {
  const spawn = (): Promise<ActorRef<Probe>> => system.spawn(Probe, { placement, ...once })

  it("A3 an actor that stops itself ends as normal", async () => {
    const probe = await spawn()
    const ended = terminationOf(system, probe)
    await probe.ask.stop()
    expect(await ended).toEqual({ type: "normal", known: "returned" })
  })

  it("A3 an actor that is stopped ends as shutdown", async () => {
    const probe = await spawn()
    const ended = terminationOf(system, probe)
    expect(await system.stop(probe)).toMatchObject({ rung: "stop", reason: { type: "shutdown", known: "requested" } })
    expect(await ended).toEqual({ type: "shutdown", known: "requested" })
  })

  it("A3 an actor that is killed ends as killed, and the kill says how that is known", async () => {
    const probe = await spawn()
    const { pid } = await probe.ask.where()
    const ended = terminationOf(system, probe)
    const ending = await system.kill(probe)
    expect(ending).toMatchObject({ rung: "kill", reason: { type: "killed" } })
    expect({ inline: ["requested"], thread: ["exit-event"], process: ["signal", "exit-event"] }[placement]).toContain(
      ending.reason.known,
    )
    expect(await ended).toEqual(ending.reason)
    if (placement === "process") expect(isAlive(pid)).toBe(false)
    expect(await rowOf(system, probe)).toBeUndefined()
  })

  it("A3 an actor whose handler throws ends as crashed, with the error", async () => {
    const probe = await spawn()
    const ended = terminationOf(system, probe)
    await failureOf(probe.ask.crashLater("by request"))
    expect(await ended).toMatchObject({
      type: "crashed",
      known: "thrown-error",
      error: { name: "TypeError", message: "by request" },
    })
  })

  it("A5 an actor that waits is killed at that await", async () => {
    const probe = await spawn()
    const holding = await hold(system, probe)
    const ending = await system.kill(probe)
    expect(ending.reason.type).toBe("killed")
    expect(await holding.outcome).toBe("ERR_DIED_WHILE_HANDLING")
  })
})

describe.each(["thread", "process"] as const)("the end of an actor with a host of its own: %s", (placement) => {
  const spawn = (): Promise<ActorRef<Probe>> => system.spawn(Probe, { placement, ...once })

  it("A3 an actor that calls process.exit ends as exited, with the code", async () => {
    for (const code of [3, 0]) {
      const probe = await spawn()
      const ended = terminationOf(system, probe)
      const outcome = outcomeOf(probe.ask.exit(code))
      expect(await ended).toEqual({ type: "exited", known: "exit-event", code })
      expect(await outcome).toBe("ERR_DIED_WHILE_HANDLING")
    }
  })

  it("S4 process.exit(0) is an abnormal end: a transient actor is started again", async () => {
    const probe = await system.spawn(Probe, { placement, restart: "transient" })
    await outcomeOf(probe.ask.exit(0))
    await eventually(
      async () => (await rowOf(system, probe))?.restarts === 1 && (await outcomeOf(probe.ask.where())) === "answered",
    )
    await system.kill(probe)
  })

  it("A5 for(;;); is killed fast and verified to be gone (scenario 13)", async () => {
    const probe = await spawn()
    const { pid } = await probe.ask.where()
    const spinning = new Promise<void>((resolve) => {
      const stop = system.subscribe("probe.spinning", (_, id) => {
        if (id !== probe.id) return
        stop()
        resolve()
      })
    })
    const outcome = outcomeOf(probe.with({ timeoutMs: 30_000 }).ask.spin())
    await spinning
    expect(await outcomeOf(probe.with({ timeoutMs: 100 }).ask.where())).toBe("ERR_TIMED_OUT")
    const ending = await system.kill(probe)
    expect(ending).toMatchObject({ rung: "kill", reason: { type: "killed" } })
    // 100 ms on a machine at rest; this one may be busy.
    expect(ending.tookMs).toBeLessThan(2_000)
    expect(await outcome).toBe("ERR_DIED_WHILE_HANDLING")
    if (placement === "process") expect(isAlive(pid)).toBe(false)
    expect((await system.ps()).map(({ id }) => id)).not.toContain(probe.id)
  })
})

describe("the end of an inline actor", () => {
  it("A5 inside a synchronous handler it cannot be killed, and the error names the placements that can", async () => {
    const suicidal = await system.spawn(Suicidal, { placement: "inline", ...once })
    Suicidal.attempt = () => system.kill(suicidal)
    await suicidal.ask.attemptNow()
    const failure = await failureOf(Suicidal.attempted)
    expect(failure.code).toBe("ERR_NOT_KILLABLE")
    expect(failure.data["placements"]).toEqual(["thread", "process"])
    expect(failure.message).toMatch(/"thread".*"process"/)
    expect(await suicidal.ask.ping()).toBe("pong")
    expect((await system.kill(suicidal)).reason.type).toBe("killed")
  })
})

describe("the end of a process actor", () => {
  const signalled = async (signal: string): Promise<void> => {
    const probe = await system.spawn(Probe, { placement: "process", ...once })
    const { pid } = await probe.ask.where()
    const holding = await hold(system, probe)
    const ended = terminationOf(system, probe)
    process.kill(pid, signal)
    expect(await ended).toEqual({ type: "signalled", known: "signal", signal })
    expect(await holding.outcome).toBe("ERR_DIED_WHILE_HANDLING")
  }

  it("A3 SIGKILL from outside ends it as signalled", () => signalled("SIGKILL"))

  it("A3 SIGINT from outside ends it as signalled, though pm2 tells it as exit code 0", () => signalled("SIGINT"))

  it("A3 a full heap ends it as out-of-memory, which Node.js itself has written down", async () => {
    // A process actor inherits NODE_OPTIONS, read when it is started; pm2's daemon runs already and keeps its own.
    await system.stop(await system.spawn(Probe, { placement: "process" }))
    const options = process.env["NODE_OPTIONS"]
    process.env["NODE_OPTIONS"] = `${options ?? ""} --max-old-space-size=48`
    const probe = await system.spawn(Probe, { placement: "process", ...once }).finally(() => {
      if (options === undefined) delete process.env["NODE_OPTIONS"]
      else process.env["NODE_OPTIONS"] = options
    })
    const ended = terminationOf(system, probe)
    const outcome = outcomeOf(probe.with({ timeoutMs: 30_000 }).ask.exhaust())
    expect(await ended).toEqual({ type: "out-of-memory", known: "crash-report" })
    expect(await outcome).toBe("ERR_DIED_WHILE_HANDLING")
  })

  it("A3 one that prints the words of a full heap and aborts ends as signalled: words are no proof", async () => {
    const probe = await system.spawn(Probe, { placement: "process", ...once })
    const ended = terminationOf(system, probe)
    await outcomeOf(probe.ask.abortSaying("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"))
    expect(await ended).toEqual({ type: "signalled", known: "signal", signal: "SIGABRT" })
  })
})

describe("a limit to an actor's memory", () => {
  it.each(["thread", "process"] as const)("reaches the %s that an actor is spawned in", async (placement) => {
    const probe = await system.spawn(Probe, { placement, memoryMb: 96, ...once })
    expect(await probe.ask.memoryLimit()).toBe("96")
    await system.stop(probe)
  })

  it("is refused for an inline actor, and when it is no number of MiB that a host can live with", async () => {
    for (const placement of ["thread", "process"] as const) {
      for (const memoryMb of [0, -1, 31, 40.5, NaN, Infinity]) {
        const failure = await failureOf(system.spawn(Probe, { placement, memoryMb }))
        expect(failure).toMatchObject({ code: "ERR_BAD_OPTION", data: { option: "memoryMb" } })
      }
    }
    for (const options of [{ memoryMb: 64 }, { memoryMb: 64, placement: "inline" as const }]) {
      const failure = await failureOf(system.spawn(Probe, options))
      expect(failure).toMatchObject({ code: "ERR_BAD_OPTION", data: { option: "memoryMb" } })
      expect(failure.message).toContain("no heap of its own")
    }
  })
})
