import { execFileSync } from "node:child_process"
import { describe, expect, it, onTestFinished } from "vitest"
import { natsEnvLines } from "../../runtime/bus/bus-env.js"
import { busStateOf } from "../../runtime/bus/bus-state.js"
import { connectBus } from "../../runtime/bus/connect.js"
import { isAlive } from "../../runtime/bus/is-alive.js"
import { openBus } from "../../runtime/bus/open-bus.js"
import type { OpenBus, OpenBusOptions } from "../../runtime/bus/open-bus.js"
import { testBus, testServerBinary } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { tempDir } from "../support/temp-dir.js"

async function opened(options: Partial<OpenBusOptions> = {}): Promise<OpenBus> {
  const server = { binary: await testServerBinary(), ...options.server }
  const bus = await openBus({ bus: "embedded", stateDir: tempDir(), ...options, server })
  onTestFinished(() => bus.close())
  return bus
}

async function pidOf(stateDir: string): Promise<number> {
  const known = await busStateOf(stateDir)
  if (known.type !== "running" || known.state.pid === undefined) throw new Error(`the server is ${known.type}`)
  return known.state.pid
}

describe("opening an embedded bus", () => {
  it("starts a server, and ends it with the bus", async () => {
    const stateDir = tempDir()
    const bus = await opened({ stateDir })
    const pid = await pidOf(stateDir)
    expect(bus.owned).toBe(true)
    await bus.connection.flush()
    await bus.close()
    expect(isAlive(pid)).toBe(false)
    expect((await busStateOf(stateDir)).type).toBe("stale")
    await bus.close()
  })

  it("joins the server that runs already, and leaves it running", async () => {
    const running = await testBus()
    const bus = await opened({ stateDir: running.stateDir })
    expect(bus).toMatchObject({ owned: false, url: running.url, address: running.address, system: running.system })
    await bus.close()
    expect(isAlive(running.pid)).toBe(true)
  })

  it("starts its server again at the same address when it is killed, and not after it was closed", async () => {
    const stateDir = tempDir()
    const bus = await opened({ stateDir })
    const other = await connectBus(bus.address)
    onTestFinished(() => other.close())
    for (let round = 0; round < 3; round++) {
      const pid = await pidOf(stateDir)
      process.kill(pid, "SIGKILL")
      await eventually(() => !bus.connection.isConnected && !other.isConnected)
      await eventually(() => bus.connection.isConnected && other.isConnected)
      await eventually(async () => (await pidOf(stateDir)) !== pid)
    }
    const pid = await pidOf(stateDir)
    process.kill(pid, "SIGKILL")
    await bus.close()
    expect((await busStateOf(stateDir)).type).toBe("stale")
  })
})

describe("opening a bus by its address", () => {
  it("uses it as it is, and starts nothing", async () => {
    const running = await testBus()
    const stateDir = tempDir()
    const bus = await opened({ bus: running.address, stateDir, connection: { name: "guest" } })
    expect(bus).toMatchObject({ owned: false, system: undefined, url: running.url })
    expect(await busStateOf(stateDir)).toEqual({ type: "absent" })
    await bus.close()
    expect(isAlive(running.pid)).toBe(true)
  })

  it("fails when it cannot be reached or refuses us", async () => {
    const running = await testBus()
    await expect(opened({ bus: { url: running.url } })).rejects.toMatchObject({ code: "ERR_BUS_REFUSED" })
    await expect(opened({ bus: { url: "nats://127.0.0.1:9" } })).rejects.toMatchObject({ code: "ERR_BUS_UNREACHABLE" })
  })
})

describe("the lines for a shell", () => {
  it("are enough for another client to get in, by the URL alone", async () => {
    const running = await testBus()
    const lines = natsEnvLines(running.address)
    const url = execFileSync("/bin/sh", ["-c", `eval "$1"; printf %s "$NATS_URL"`, "sh", lines], { encoding: "utf8" })
    const connection = await connectBus({ url })
    expect(connection.isConnected).toBe(true)
    await connection.close()
  })
})
