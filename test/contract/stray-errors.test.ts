import { describe, expect, it } from "vitest"
import { runProgram } from "../support/run-program.js"

/** Two systems in one program, with a probe in the first; `then` is what happens afterwards. */
const twoSystems = (then: string): string => `
  const { Probe } = await import(fixtures + "probe.js")
  const options = { bus: false, logLevel: "error" }
  const systems = [await runtime.ActorSystem.start(options), await runtime.ActorSystem.start(options)]
  const probe = await systems[0].spawn(Probe)
  const thrown = new Promise((resolve) => process.once("uncaughtExceptionMonitor", resolve))
  const turns = async (count) => { for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve)) }
  ${then}`

const THROW = `setTimeout(() => { throw new Error("of nobody's") })`
const REJECT = `void Promise.reject(new Error("of nobody's"))`
/** What keeps it going until it says so and ends by itself. */
const GO_ON = `await thrown; await turns(20); console.log("goes on"); await Promise.all(systems.map((system) => system.shutdown()))`

describe("an error that is no actor's, in a program with two systems", () => {
  it.each([
    ["thrown in a timer", THROW],
    ["a promise that nobody awaits", REJECT],
  ])("ends the program, as it would without them: %s", async (_, happens) => {
    const { code, printed } = await runProgram(twoSystems(`${happens}; setInterval(() => undefined, 1000)`)).ended
    expect(code).toBe(1)
    expect(printed).toContain("Error: of nobody's")
  })

  it("goes to the program's own handler, which is called with what Node.js calls it with", async () => {
    for (const [happens, origin] of [
      [THROW, "uncaughtException"],
      [REJECT, "unhandledRejection"],
    ]) {
      const own = `process.on("uncaughtException", (error, origin) => console.log("own:", error.message, origin))`
      const { code, printed } = await runProgram(twoSystems(`${own}; ${String(happens)}; ${GO_ON}`)).ended
      expect(printed.match(/own: .*/g)).toEqual([`own: of nobody's ${String(origin)}`])
      expect(printed).toContain("goes on")
      expect(code).toBe(0)
    }
  })

  it("is not kept from ending the program by a handler for something else", async () => {
    const own = `process.on("unhandledRejection", () => undefined)`
    const { code, printed } = await runProgram(twoSystems(`${own}; ${THROW}; setInterval(() => undefined, 1000)`)).ended
    expect(code).toBe(1)
    expect(printed).toContain("Error: of nobody's")
  })
})

describe("a program with a system whose reader has gone, as in `program | head -n 1`", () => {
  /** Runs it into `head`; what it has to say about it on stderr is kept to its end, and it is killed when it goes on. */
  const intoHead = (command: readonly string[]): readonly string[] => {
    const line = `timeout -s KILL 10 "$@" 2> >(tail -c 4000 >&2) | head -n 1; exit "\${PIPESTATUS[0]}"`
    return ["bash", "-c", line, "bash", ...command]
  }
  const lines = `for (let i = 0; ; i++) { console.log("line", i); if (i % 100 === 0) await turns(1) }`

  it("ends as it would without: with the error of its first write that nobody reads, told once", async () => {
    const { code, printed } = await runProgram(twoSystems(lines), {}, intoHead).ended
    expect(printed.match(/^line .*/gm)).toEqual(["line 0"])
    expect(printed.match(/write EPIPE/g)).toHaveLength(1)
    expect(code).toBe(1)
  })

  it("goes on when it heeds that error itself", async () => {
    const own = `process.stdout.on("error", () => undefined)`
    const source = `${own}; ${lines.replace("; ;", "; i < 1000;")}; console.error("to the end"); ${GO_ON.replace("await thrown; ", "")}`
    const { code, printed } = await runProgram(twoSystems(source), {}, intoHead).ended
    expect(printed).toContain("to the end")
    expect(code).toBe(0)
  })
})

describe("an error of an actor's, in a program with two systems", () => {
  it.each([
    ["its module", ""],
    ["the source of its module", "--enable-source-maps"],
  ])(
    "A6 ends that actor, by %s in the stack, whichever system it belongs to; the program's own handlers are called too",
    async (_, flags) => {
      const source = `
      process.on("uncaughtException", (error) => console.log("own:", error.message))
      systems[0].watch(probe, (_, reason) => console.log("ended:", reason.type))
      await systems[0].kill(probe)
      for (const system of systems) {
        const one = await system.spawn(Probe, { restart: "temporary" })
        const ended = new Promise((resolve) => system.watch(one, (_, reason) => resolve(reason)))
        await one.ask.throwInTimer("stray").catch(() => undefined)
        console.log("stray:", (await ended).type)
      }
      ${GO_ON}`
      const { code, printed } = await runProgram(twoSystems(source), { NODE_OPTIONS: flags }).ended
      expect(printed.match(/^(ended|stray|own): .*/gm)).toEqual([
        "ended: killed",
        "own: stray",
        "stray: crashed",
        "own: stray",
        "stray: crashed",
      ])
      expect(code).toBe(0)
    },
  )

  it("A6 that may be either system's ends neither, and is logged once", async () => {
    const source = `
      await systems[1].spawn(Probe, { name: "other" })
      await probe.ask.throwInTimer("stray")
      ${GO_ON}`
    const { code, printed } = await runProgram(twoSystems(source)).ended
    expect(printed.match(/by one of .*?;/g)).toHaveLength(1)
    expect(printed).toMatch(/by one of n\w+:1, other;/)
    expect(code).toBe(0)
  })
})

describe("a signal, to a program with two systems", () => {
  it("A4 shuts both down and ends the program", async () => {
    const program = runProgram(
      twoSystems(`
      for (const system of systems) system.subscribe("actor.*.stopped", (topic) => console.log(topic))
      await systems[0].spawn(Probe, { name: "first" })
      await systems[1].spawn(Probe, { name: "second" })
      console.log("ready")
      setInterval(() => undefined, 1000)`),
    )
    await program.said("ready")
    program.signal("SIGTERM")
    const { signal, printed } = await program.ended
    expect(printed.match(/^actor\..*/gm)?.sort()).toEqual(["actor.first.stopped", "actor.second.stopped"])
    expect(signal).toBe("SIGTERM")
  })
})
