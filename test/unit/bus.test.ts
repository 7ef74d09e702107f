import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { resolveAddress } from "../../runtime/bus/bus-address.js"
import { natsEnv, natsEnvLines, shellQuoted } from "../../runtime/bus/bus-env.js"
import { busStateText, parseBusState } from "../../runtime/bus/bus-state.js"
import type { BusState } from "../../runtime/bus/bus-state.js"
import { serverPackage, whyNpmFailed } from "../../runtime/bus/fetch-server.js"
import { parseGreeting } from "../../runtime/bus/handshake.js"
import { reconnectDelay } from "../../runtime/bus/reconnect-delay.js"
import { checkPort, newSecrets, quoted, serverConfigText } from "../../runtime/bus/server-config.js"
import { isNewEnough, parseServerVersion, parseVersionOutput } from "../../runtime/bus/server-version.js"

const STATE: BusState = {
  ...newSecrets(),
  url: "nats://127.0.0.1:24222",
  port: 24222,
  startedBy: { type: "program", pid: 42 },
  binary: "/opt/nats-server",
  version: "2.14.0",
  pid: 43,
}

describe("the version of a nats-server", () => {
  it.each([
    ["nats-server: v2.9.3\n", "2.9.3"],
    ["nats-server: v2.14.0", "2.14.0"],
    ["nats-server: v2.11.0-RC.1\r\n", "2.11.0-RC.1"],
    ["nats-server version 2.10.7", "2.10.7"],
    ["warning: something\nnats-server: v2.10.0\n", "2.10.0"],
  ])("is read from %j", (output, version) => {
    expect(parseVersionOutput(output)?.text).toBe(version)
  })

  it.each(["", "OpenSSL 3.0.2", "nats-server: yes", "nats-server: v2.10", "gnatsd 1.4.1", "nats-server:"])(
    "is not read from %j",
    (output) => {
      expect(parseVersionOutput(output)).toBeUndefined()
    },
  )

  it.each([
    ["2.9.99", false],
    ["1.99.0", false],
    ["2.10.0", true],
    ["2.10.0-beta.1", true],
    ["v2.14.0", true],
    ["3.0.0", true],
  ])("%s is new enough: %s", (text, expected) => {
    const version = parseServerVersion(text)
    expect(version !== undefined && isNewEnough(version)).toBe(expected)
  })

  it("never fails on any output", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseVersionOutput(text)
        parseServerVersion(text)
        parseGreeting(text)
      }),
    )
  })
})

describe("a server's greeting", () => {
  it("is read", () => {
    const line = 'INFO {"server_name":"troupe-1","version":"2.14.0","max_payload":1048576,"headers":true} \r'
    expect(parseGreeting(line)).toEqual({ version: "2.14.0", serverName: "troupe-1", maxPayload: 1_048_576 })
  })

  it.each(["HTTP/1.1 400 Bad Request", "INFO", "INFO {", "INFO {}", 'INFO {"version":7}', "SSH-2.0-OpenSSH_9.6"])(
    "is not seen in %j",
    (line) => {
      expect(parseGreeting(line)).toBeUndefined()
    },
  )
})

describe("the server's configuration", () => {
  const config = { secrets: newSecrets(), port: 24222, pidFile: "/tmp/a b/x.pid", storeDir: "/tmp/store" }

  it("listens on loopback alone, with passwords in two accounts and no monitoring", () => {
    const text = serverConfigText(config)
    expect(text).toContain('host: "127.0.0.1"')
    expect(text).toContain("port: 24222")
    expect(text).toContain('system_account: "SYS"')
    expect(text).toContain(config.secrets.password)
    expect(text).toContain(config.secrets.sysPassword)
    expect(text).not.toMatch(/http|jetstream|log_file|no_auth_user/)
  })

  it("has messages stored only when asked to", () => {
    expect(serverConfigText({ ...config, jetStream: "on" })).toContain('jetstream { store_dir: "/tmp/store" }')
  })

  it("never has the same password twice, nor one that needs quoting or looks encrypted", () => {
    const passwords = Array.from({ length: 100 }, () => newSecrets()).flatMap((s) => [s.password, s.sysPassword])
    expect(new Set(passwords).size).toBe(200)
    for (const password of passwords) expect(password).toMatch(/^[\w-]{24}$/)
  })

  it.each([1, 1023, 64 * 1024 * 1024 + 1, 2000.5, NaN])("refuses a maxPayload of %s", (maxPayload) => {
    expect(() => serverConfigText({ ...config, maxPayload })).toThrow(/bus\.maxPayload: expected a whole number of bytes/)
  })

  it.each([-1, 65_536, 1.5, "4222", undefined])("refuses %j as a port", (port) => {
    expect(() => checkPort(port)).toThrow(/bus\.port: expected/)
  })

  it("quotes so that nothing can end the string, and refuses control characters", () => {
    expect(quoted('C:\\dir "x"')).toBe('"C:\\\\dir \\"x\\""')
    expect(() => quoted("a\nport: 1")).toThrow(/without control characters/)
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/[\p{Cc}]/u.test(text))
        expect(
          quoted(text)
            .slice(1, -1)
            .replaceAll(/\\["\\]/g, ""),
        ).not.toMatch(/["\\]/)
      }),
    )
  })
})

describe("bus.json", () => {
  it("gives back what was written", () => {
    expect(parseBusState(busStateText(STATE))).toEqual({ type: "found", state: STATE })
    const prepared = { ...STATE, startedBy: { type: "pm2" }, pid: undefined } as const
    expect(parseBusState(busStateText(prepared))).toEqual({ type: "found", state: prepared })
  })

  it("is damaged, and says how, when it was cut anywhere", () => {
    const text = busStateText(STATE).trimEnd()
    for (let length = 0; length < text.length; length++) {
      const stored = parseBusState(text.slice(0, length))
      expect(stored.type).toBe("damaged")
    }
  })

  it("is damaged when a field is missing or of another type", () => {
    for (const key of Object.keys(STATE).filter((name) => name !== "pid")) {
      expect(parseBusState(JSON.stringify({ ...STATE, [key]: undefined })).type).toBe("damaged")
      expect(parseBusState(JSON.stringify({ ...STATE, [key]: [] })).type).toBe("damaged")
    }
  })

  it("never fails on any text", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => parseBusState(text).type !== "absent"))
  })
})

describe("an address", () => {
  it.each([
    ["nats://127.0.0.1:4333", { url: "nats://127.0.0.1:4333", host: "127.0.0.1", port: 4333 }],
    ["localhost", { url: "nats://localhost:4222", host: "localhost", port: 4222 }],
    ["bus.example:80", { url: "nats://bus.example:80", host: "bus.example", port: 80 }],
    ["nats://[::1]:4444", { url: "nats://[::1]:4444", host: "::1", port: 4444 }],
    ["tls://bus.example", { url: "tls://bus.example:4222", host: "bus.example", port: 4222 }],
  ])("%s is understood", (url, parts) => {
    expect(resolveAddress({ url })).toMatchObject({ ...parts, credentials: { type: "none" } })
  })

  it("takes credentials out of the URL, so that it can be shown", () => {
    expect(resolveAddress({ url: "nats://me:4p%40ss@h:1234" })).toMatchObject({
      url: "nats://h:1234",
      port: 1234,
      credentials: { type: "password", user: "me", password: "4p@ss" },
    })
    expect(resolveAddress({ url: "nats://s3cret@h" }).credentials).toEqual({ type: "token", token: "s3cret" })
  })

  it("asks for TLS when its scheme says so", () => {
    expect(resolveAddress({ url: "tls://h" }).tls).toEqual({})
    expect(resolveAddress({ url: "nats://h" }).tls).toBeUndefined()
  })

  it.each(["", "http://h:1", "ws://h", "nats://", "nats://h:99999", "nats://h:x"])("%j is refused", (url) => {
    expect(() => resolveAddress({ url })).toThrow(/bus\.url: expected nats:\/\/host:port/)
  })

  it("is refused without showing its password", () => {
    expect(() => resolveAddress({ url: "http://me:secret@h" })).toThrow(/^(?!.*secret)/)
  })

  it("is refused with credentials of two kinds, or half a kind", () => {
    expect(() => resolveAddress({ url: "h", token: "t", credsFile: "c" })).toThrow(/one kind of credentials.*token and creds/)
    expect(() => resolveAddress({ url: "h", user: "u" })).toThrow(/bus\.password/)
    expect(() => resolveAddress({ url: "h", password: "p" })).toThrow(/bus\.user/)
  })
})

describe("the environment for other clients", () => {
  it("holds a URL that is enough by itself", () => {
    const env = natsEnv({ url: "nats://127.0.0.1:4333", user: "troupe", password: "p@s/s" })
    expect(env).toEqual({ NATS_URL: "nats://troupe:p%40s%2Fs@127.0.0.1:4333", NATS_USER: "troupe", NATS_PASSWORD: "p@s/s" })
    expect(resolveAddress({ url: env["NATS_URL"] ?? "" }).credentials).toMatchObject({ user: "troupe", password: "p@s/s" })
  })

  it("names the files of other kinds of credentials", () => {
    expect(natsEnv({ url: "h", credsFile: "/c", tls: { caFile: "/ca" } })).toEqual({
      NATS_URL: "nats://h:4222",
      NATS_CREDS: "/c",
      NATS_CA: "/ca",
    })
    expect(natsEnv({ url: "h", nkeyFile: "/n" })).toMatchObject({ NATS_NKEY: "/n" })
    expect(natsEnv({ url: "h", token: "t/" })).toEqual({ NATS_URL: "nats://t%2F@h:4222" })
  })

  it("is quoted for a shell", () => {
    expect(shellQuoted("it's $(x)")).toBe(`'it'\\''s $(x)'`)
    expect(natsEnvLines({ url: "h" })).toBe("export NATS_URL='nats://h:4222'\n")
  })
})

describe("the delay before the next attempt", () => {
  it("grows with the outage, from 50 ms to the maximum", () => {
    const delays = [0, 200, 1000, 60_000].map((outageMs) => reconnectDelay({ outageMs, random: 0 }))
    expect(delays).toEqual([50, 100, 500, 2000])
  })

  it("is jittered by up to a half", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (outageMs, random) => {
        const delay = reconnectDelay({ outageMs, random })
        const most = reconnectDelay({ outageMs, random: 0 })
        expect(delay).toBeGreaterThanOrEqual(25)
        expect(delay).toBeLessThanOrEqual(most)
        expect(delay).toBeGreaterThanOrEqual(Math.floor(most / 2))
      }),
    )
  })
})

describe("the registry package", () => {
  it("is named by platform and architecture", () => {
    expect(serverPackage("linux", "x64")).toBe("nats-server-linux-x64")
  })

  it.each([
    ["npm error code E404\nnpm error 404 Not Found - GET somewhere", "the registry has no nats-server for this platform"],
    ["npm error code EBADPLATFORM\nnpm error notsup", "the registry's nats-server does not run on this platform"],
    [
      "npm warn old\nnpm error code ECONNREFUSED\nnpm error syscall connect\nnpm error FetchError: no way",
      "npm: ECONNREFUSED: FetchError: no way",
    ],
    ["npm ERR! code ENOTFOUND\nnpm ERR! network ENOTFOUND host", "npm: network ENOTFOUND host"],
    ["", "npm failed with exit code 1"],
  ])("when it cannot be had, one line says why: %#", (stderr, why) => {
    expect(whyNpmFailed(stderr, 1)).toBe(why)
  })
})
