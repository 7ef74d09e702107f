import { execFileSync, spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import type { Socket } from "node:net"
import { join } from "node:path"
import { nkeys } from "nats"
import { describe, expect, it, onTestFinished } from "vitest"
import type { BusAddress } from "../../runtime/bus/bus-address.js"
import type { BusStatus } from "../../runtime/bus/bus-connection.js"
import { connectBus } from "../../runtime/bus/connect.js"
import { freePort } from "../../runtime/bus/free-port.js"
import { startTestBus, testBus, testServerBinary } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { tempDir } from "../support/temp-dir.js"

const text = (data: Uint8Array): string => Buffer.from(data).toString()

/** A server with a configuration of the test's own, gone when the test ends. */
async function foreignServer(config: string): Promise<string> {
  const port = await freePort()
  const file = join(tempDir(), "server.conf")
  writeFileSync(file, `host: "127.0.0.1"\nport: ${String(port)}\n${config}`)
  const child = spawn((await testServerBinary()).path, ["-c", file], { stdio: "ignore" })
  onTestFinished(() => void child.kill("SIGKILL"))
  return `nats://127.0.0.1:${String(port)}`
}

/** Something that accepts connections and is no NATS server. */
async function stranger(greet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    greet(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `nats://127.0.0.1:${String((server.address() as { port: number }).port)}`
}

async function connected(address: BusAddress): ReturnType<typeof connectBus> {
  const connection = await connectBus({ ...address, waitMs: 5000 })
  onTestFinished(() => connection.close())
  return connection
}

describe("connecting", () => {
  it("tells what it is connected to", async () => {
    const bus = await testBus({ maxPayload: 65_536, jetStream: "on" })
    const connection = await bus.connect({ name: "someone" })
    expect(connection).toMatchObject({
      url: bus.url,
      serverVersion: "2.14.0",
      maxPayload: 65_536,
      isConnected: true,
      outageMs: 0,
    })
    expect(connection.status).toEqual({ type: "connected", serverVersion: "2.14.0" })
    expect(connection.raw.info?.jetstream).toBe(true)
    expect(connection.url).not.toContain(bus.password)
  })

  it("is refused for a wrong password, none, or another user, and the password is not told", async () => {
    const bus = await testBus()
    for (const login of [{ user: bus.user, password: "wr0ng" }, {}, { user: "root", password: bus.password }, { token: "t" }]) {
      const error: unknown = await connectBus({ url: bus.url, waitMs: 10_000, ...login }).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: "ERR_BUS_REFUSED", data: { url: bus.url } })
      expect(String(error)).not.toContain("wr0ng")
    }
  })

  it("fails at once where nothing listens, and says so", async () => {
    const url = `nats://127.0.0.1:${String(await freePort())}`
    await expect(connectBus({ url })).rejects.toMatchObject({ code: "ERR_BUS_UNREACHABLE", message: /ECONNREFUSED/ })
    await expect(connectBus({ url: "nats://no-such-host.invalid" })).rejects.toMatchObject({ code: "ERR_BUS_UNREACHABLE" })
  })

  it("fails in time where something else answers, or nothing is said", async () => {
    const web = await stranger((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
    await expect(connectBus({ url: web })).rejects.toMatchObject({ message: /not a NATS server/ })
    const rude = await stranger((socket) => socket.destroy())
    await expect(connectBus({ url: rude })).rejects.toMatchObject({ code: "ERR_BUS_UNREACHABLE" })
    const silent = await stranger(() => undefined)
    await expect(connectBus({ url: silent, connectTimeoutMs: 50 })).rejects.toMatchObject({
      message: /said nothing within 50 ms/,
    })
  })

  it("refuses a server that is too old, before it logs in", async () => {
    const heard: string[] = []
    const old = await stranger((socket) => {
      socket.on("data", (chunk) => heard.push(String(chunk)))
      socket.write('INFO {"server_id":"x","version":"2.9.25","max_payload":1048576,"proto":1}\r\n')
    })
    await expect(connectBus({ url: old, user: "u", password: "secret" })).rejects.toMatchObject({
      code: "ERR_BUS_TOO_OLD",
      data: { version: "2.9.25", oldest: "2.10.0" },
    })
    expect(heard).toEqual([])
  })

  it("waits for a server that comes later, if asked to, and can be called off", async () => {
    const bus = await testBus()
    await bus.kill()
    const waiting = connectBus({ ...bus.address, waitMs: 10_000 })
    await bus.restart()
    const connection = await waiting
    expect(connection.isConnected).toBe(true)
    await connection.close()
    await bus.kill()
    const calledOff = new AbortController()
    const hopeless = connectBus({ ...bus.address, waitMs: Infinity, signal: calledOff.signal })
    calledOff.abort(new Error("enough"))
    await expect(hopeless).rejects.toThrow()
  })

  it("leaves out its own messages with echo off", async () => {
    const bus = await testBus()
    const [deaf, other] = [await bus.connect({ echo: "off" }), await bus.connect()]
    const got: string[] = []
    deaf.raw.subscribe("x", { callback: (_error, message) => got.push(text(message.data)) })
    await deaf.flush()
    deaf.raw.publish("x", "own")
    await deaf.flush()
    other.raw.publish("x", "other's")
    await eventually(() => got.length > 0)
    expect(got).toEqual(["other's"])
  })

  it("hears on the system account when a connection of the troupe's ends", async () => {
    const bus = await testBus()
    const system = await connected(bus.system)
    const gone: string[] = []
    system.raw.subscribe("$SYS.ACCOUNT.TROUPE.DISCONNECT", {
      callback: (_error, message) => gone.push(message.json<{ client: { name: string } }>().client.name),
    })
    await system.flush()
    const connection = await bus.connect({ name: "mayfly" })
    await connection.close()
    await eventually(() => gone.includes("mayfly"))
  })
})

/** The part of nats.js that makes nkeys; it has no types of its own. */
interface NKeys {
  createUser(): { getPublicKey(): string; getSeed(): Uint8Array }
}

describe("other servers and other credentials", () => {
  it("takes a token, also in the URL", async () => {
    const url = await foreignServer('authorization { token: "s3cret" }')
    expect((await connected({ url, token: "s3cret" })).isConnected).toBe(true)
    expect((await connected({ url: url.replace("://", "://s3cret@") })).url).toBe(url)
    await expect(connectBus({ url, token: "other" })).rejects.toMatchObject({ code: "ERR_BUS_REFUSED" })
  })

  it("takes a password that begins with digits from the URL", async () => {
    const url = await foreignServer('authorization { user: "u", password: "123abc" }')
    expect((await connected({ url: url.replace("://", "://u:123abc@") })).isConnected).toBe(true)
  })

  it("takes an nkey seed from a file, and refuses a file that holds none", async () => {
    const key = (nkeys as NKeys).createUser()
    const url = await foreignServer(`authorization { users: [ { nkey: ${key.getPublicKey()} } ] }`)
    const nkeyFile = join(tempDir(), "user.nk")
    writeFileSync(nkeyFile, `${text(key.getSeed())}\n`)
    expect((await connected({ url, nkeyFile })).isConnected).toBe(true)
    writeFileSync(nkeyFile, "not a seed")
    await expect(connectBus({ url, nkeyFile })).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
    for (const files of [{ nkeyFile: "/no/such" }, { credsFile: "/no/such" }, { tls: { caFile: "/no/such" } }]) {
      await expect(connectBus({ url, ...files })).rejects.toMatchObject({ message: /a readable file \(ENOENT\)/ })
    }
  })

  const openssl = ((): boolean => {
    try {
      execFileSync("openssl", ["version"], { stdio: "ignore" })
      return true
    } catch {
      return false
    }
  })()

  it.skipIf(!openssl)("takes TLS with a certificate authority of one's own, and trusts no other", async () => {
    const dir = tempDir()
    const [keyFile, caFile] = [join(dir, "key.pem"), join(dir, "cert.pem")]
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    execFileSync("openssl", ["req", ...kind, "-keyout", keyFile, "-out", caFile, ...names], { stdio: "ignore" })
    const url = await foreignServer(`tls { cert_file: "${caFile}", key_file: "${keyFile}" }`)
    const named = url.replace("127.0.0.1", "localhost")
    expect((await connected({ url: named, tls: { caFile } })).isConnected).toBe(true)
    expect((await connected({ url: named.replace("nats:", "tls:"), tls: { caFile } })).isConnected).toBe(true)
    await expect(connectBus({ url: named, tls: {} })).rejects.toMatchObject({
      code: "ERR_BUS_UNREACHABLE",
      message: /self-signed/,
    })
    await expect(connectBus({ url: named, tls: { certFile: caFile } })).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
  })
})

describe("a connection whose server is killed", () => {
  it("is made again when the server is back, and its subscriptions live on", async () => {
    const bus = await testBus()
    const [ear, mouth] = [await bus.connect(), await bus.connect()]
    const statuses: BusStatus["type"][] = []
    ear.onStatus(({ type }) => {
      if (statuses.at(-1) !== type) statuses.push(type)
    })
    const got: string[] = []
    ear.raw.subscribe("news", { callback: (_error, message) => got.push(text(message.data)) })
    await ear.flush()

    for (const round of ["first", "second"]) {
      await bus.kill()
      await eventually(() => !ear.isConnected && !mouth.isConnected)
      expect(ear.status.type).toMatch(/disconnected|reconnecting/)
      await bus.restart()
      await eventually(() => ear.isConnected && mouth.isConnected)
      await ear.flush()
      mouth.raw.publish("news", round)
      await eventually(() => got.includes(round))
      expect(ear.outageMs).toBe(0)
    }
    expect(statuses).toEqual(["disconnected", "reconnecting", "connected", "disconnected", "reconnecting", "connected"])
  })

  it("says that it is refused while a stranger sits at the address, and comes back afterwards", async () => {
    const bus = await testBus()
    const connection = await bus.connect({ reconnectMaxMs: 100 })
    const refusals: BusStatus[] = []
    connection.onStatus((status) => {
      if (status.type === "refused") refusals.push(status)
    })
    await bus.kill()
    const config = join(tempDir(), "stranger.conf")
    const port = bus.url.slice(bus.url.lastIndexOf(":") + 1)
    writeFileSync(config, `host: "127.0.0.1"\nport: ${port}\nauthorization { user: "a", password: "b" }\n`)
    const squatter = spawn((await testServerBinary()).path, ["-c", config], { stdio: "ignore" })
    onTestFinished(() => void squatter.kill("SIGKILL"))
    await eventually(() => refusals.length >= 3)
    squatter.kill("SIGKILL")
    await eventually(() => squatter.signalCode)
    await bus.restart()
    await eventually(() => connection.isConnected)
  })

  it("can be drained and closed all the same, in time", async () => {
    const bus = await testBus()
    const [drained, closed] = [await bus.connect(), await bus.connect()]
    const last: BusStatus[] = []
    drained.onStatus((status) => last.push(status))
    await bus.kill()
    await eventually(() => !drained.isConnected && !closed.isConnected)
    drained.raw.publish("x", "lost")
    const began = performance.now()
    expect(await drained.drain(1000)).toBe("cut-off")
    await closed.close()
    expect(performance.now() - began).toBeLessThan(1500)
    expect(last.at(-1)).toEqual({ type: "closed" })
    expect(last.filter(({ type }) => type === "closed")).toHaveLength(1)
    expect(drained.isConnected).toBe(false)
    expect(await drained.drain()).toBe("cut-off")
    await expect(drained.flush()).rejects.toMatchObject({ code: "ERR_BUS_UNREACHABLE" })
  })

  it("is noticed by pings when the server hangs", async () => {
    const bus = await testBus()
    const connection = await bus.connect({ pingIntervalMs: 50 })
    process.kill(bus.pid, "SIGSTOP")
    try {
      await eventually(() => !connection.isConnected)
      await expect(connection.flush(100)).rejects.toMatchObject({ code: "ERR_BUS_UNREACHABLE" })
    } finally {
      process.kill(bus.pid, "SIGCONT")
    }
    await eventually(() => connection.isConnected, { timeoutMs: 15_000 })
  })
})

describe("a connection", () => {
  it("counts the bytes that are published and not yet out", async () => {
    const bus = await testBus()
    const connection = await bus.connect()
    await connection.flush()
    expect(connection.pendingBytes).toBe(0)
    const payload = new Uint8Array(100_000)
    connection.raw.publish("x", payload)
    expect(connection.pendingBytes).toBeGreaterThan(100_000)
    await connection.flush()
    expect(connection.pendingBytes).toBe(0)

    // A server that reads no more: the bytes stay with us, first in nats.js, then in the socket.
    process.kill(bus.pid, "SIGSTOP")
    try {
      await eventually(() => {
        connection.raw.publish("x", payload)
        return connection.pendingBytes > 5_000_000
      })
      expect(connection.pendingBytes).toBeLessThan(5_500_000)
    } finally {
      process.kill(bus.pid, "SIGCONT")
    }
    await connection.flush(10_000)
    expect(connection.pendingBytes).toBe(0)
  })

  it("hands over everything when it is drained", async () => {
    const bus = await testBus()
    const [from, to] = [await bus.connect(), await bus.connect()]
    let received = 0
    to.raw.subscribe("x", { callback: () => (received += 1) })
    await to.flush()
    for (let n = 0; n < 5000; n++) from.raw.publish("x", "payload")
    expect(await from.drain()).toBe("drained")
    await eventually(() => received === 5000)
    await expect(from.drain()).resolves.toBe("cut-off")
  })

  it("is closed after a drain in the midst of which the server was killed", async () => {
    const bus = await testBus()
    const connection = await bus.connect()
    connection.raw.subscribe("x", { callback: () => undefined })
    process.kill(bus.pid, "SIGKILL")
    expect(await Promise.all([connection.drain(), connection.drain()])).toEqual(["cut-off", "cut-off"])
    expect(connection.raw.isClosed()).toBe(true)
  })

  it("tells a complaint of the server and stays connected", async () => {
    const bus = await testBus()
    const connection = await bus.connect()
    const complaints: BusStatus[] = []
    connection.onStatus((status) => complaints.push(status))
    connection.raw.subscribe("not..a.subject", { callback: () => undefined })
    await eventually(() => complaints.length > 0)
    expect(complaints[0]).toMatchObject({ type: "complained" })
    await connection.flush()
    expect(connection.status.type).toBe("connected")
  })

  it("tells nobody who no longer listens", async () => {
    const bus = await testBus()
    const connection = await bus.connect()
    const heard: string[] = []
    const silence = connection.onStatus(() => heard.push("one"))
    connection.onStatus(() => heard.push("two"))
    silence()
    await connection.close()
    expect(heard).toEqual(["two"])
  })
})

describe("the test bus", () => {
  it("is up quickly", async () => {
    await testServerBinary()
    const times: number[] = []
    for (let n = 0; n < 5; n++) {
      const began = performance.now()
      const bus = await startTestBus()
      times.push(performance.now() - began)
      await bus.stop()
    }
    expect(Math.min(...times)).toBeLessThan(500)
  })
})
