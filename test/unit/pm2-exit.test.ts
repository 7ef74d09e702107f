import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { ExitJoiner } from "../../runtime/host/pm2/exit-joiner.js"
import { exitReasonOf } from "../../runtime/host/pm2/exit-reason-of.js"
import { encodeFrame, FrameReader, jsonOf, jsonPart, textOf, textPart } from "../../runtime/host/pm2/axon-frame.js"
import { parseExitLine, parseNotice, type ProcessNotice } from "../../runtime/host/pm2/process-event.js"
import { pm2Paths } from "../../runtime/host/pm2/pm2-paths.js"
import { processApp } from "../../runtime/host/pm2/process-app.js"
import { parseStat } from "../../runtime/host/pm2/process-table.js"

const line = (text: string) => parseExitLine(text) ?? expect.fail(`not read: ${text}`)
const killedLine = line("App [a:3] exited with code [0] via signal [SIGKILL]\n")
const notice: ProcessNotice = { event: "exit", name: "a", pmId: 3, uniqueId: "u1", run: "u1@1", code: 0, labels: {} }
const joiner = () => new ExitJoiner({ waitMs: 100 })

describe("the exit line", () => {
  it("tells signals, codes, and what pm2 leaves open", () => {
    expect(killedLine).toEqual({ name: "a", pmId: 3, code: undefined, signal: "SIGKILL", maybeSigint: false })
    expect(line("App [a:3] exited with code [3] via signal [SIGINT]")).toMatchObject({
      code: 3,
      signal: undefined,
      maybeSigint: false,
    })
    expect(line("App [a:3] exited with code [0] via signal [SIGINT]")).toMatchObject({ code: 0, maybeSigint: true })
    expect(line("App [we:ird] [x:12] exited with code [1] via signal [SIGINT]")).toMatchObject({ name: "we:ird] [x", pmId: 12 })
    expect(parseExitLine("App [a:3] online")).toBeUndefined()
  })

  it("never throws on any text or packet", () => {
    fc.assert(
      fc.property(fc.string(), fc.anything(), (text, packet) => {
        parseExitLine(text)
        parseNotice(packet)
        parseStat(text)
      }),
    )
  })
})

describe("the joiner", () => {
  it("J1 gives one exit from both halves in either order, and nothing for what pm2 repeats", () => {
    for (const order of ["line first", "notice first"]) {
      const one = joiner()
      const first = order === "line first" ? one.line(killedLine, 0) : one.exit(notice, 0)
      const second = order === "line first" ? one.exit(notice, 1) : one.line(killedLine, 1)
      expect([first.length, second.length, one.exit(notice, 2).length]).toEqual([0, 1, 0])
      expect(second[0]).toMatchObject({ signal: "SIGKILL", uniqueId: "u1", sources: "both" })
      expect(one.nextMs).toBeUndefined()
    }
  })

  it("J1 tells the exit of the next run under the same number", () => {
    const one = joiner()
    one.line(killedLine, 0)
    one.exit(notice, 0)
    one.line(killedLine, 5)
    expect(one.exit({ ...notice, run: "u1@2" }, 5)).toHaveLength(1)
  })

  it("J2 tells half an exit when its other half does not come", () => {
    const one = joiner()
    one.line(killedLine, 0)
    expect([one.expire(99), one.expire(100)]).toMatchObject([[], [{ sources: "line", signal: "SIGKILL" }]])
    one.exit({ ...notice, run: "u1@2", code: 7 }, 200)
    expect(one.expire(300)).toMatchObject([{ sources: "event", code: 7 }])
  })

  it("tells every run once, whatever the order and delay of its halves", () => {
    const half = fc.record({ id: fc.integer({ min: 0, max: 5 }), what: fc.constantFrom("line" as const, "exit" as const) })
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          [0, 1, 2, 3, 4, 5].flatMap((id) => [
            { id, what: "line" as const },
            { id, what: "exit" as const },
          ]),
        ),
        fc.array(half),
        (halves, repeats) => {
          const one = joiner()
          const say = ({ id, what }: { id: number; what: "line" | "exit" }, now: number) =>
            what === "line" ? one.line({ ...killedLine, pmId: id }, now) : one.exit({ ...notice, pmId: id, run: String(id) }, now)
          const told = halves.flatMap((h) => say(h, 0))
          const late = repeats
            .filter((r) => r.what === "exit" && halves.some((h) => h.id === r.id && h.what === "exit"))
            .flatMap((r) => say(r, 0))
          const all = [...told, ...late, ...one.expire(Infinity)].map((e) => e.pmId)
          expect([...all].sort()).toEqual([...new Set(halves.map((h) => h.id))].sort())
        },
      ),
    )
  })
})

describe("A3 the exit reason", () => {
  it.each([
    [{ code: 0 }, { type: "normal" }],
    [{ code: 3 }, { type: "exited", code: 3 }],
    [{ signal: "SIGSEGV" }, { type: "signalled", signal: "SIGSEGV" }],
    [{ signal: "SIGABRT" }, { type: "signalled", signal: "SIGABRT" }],
    [
      { code: 0, maybeSigint: true, farewell: "missing" as const },
      { type: "signalled", signal: "SIGINT" },
    ],
    [{ code: 0, maybeSigint: true }, { type: "normal" }],
    [{ code: 0, maybeSigint: true, farewell: "missing" as const, sources: "event" as const }, { type: "host-lost" }],
    [
      { code: 0, maybeSigint: true, farewell: "exiting" as const },
      { type: "exited", code: 0 },
    ],
    [{ code: 0, maybeSigint: true, farewell: "ended" as const }, { type: "normal" }],
    [{}, { type: "host-lost" }],
  ])("of %j is %j", (end, reason) => {
    expect(exitReasonOf(end)).toMatchObject(reason)
  })
})

describe("A4 a process in /proc", () => {
  const stat = (state: string, threads: number) =>
    `7 (a) b) ${state} 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 ${String(threads)} 0 4242 0`

  it("is gone as a zombie, but not while threads of it still run", () => {
    expect(parseStat(stat("S", 11))).toEqual({ pid: 7, ppid: 1, pgid: 7, startTime: "4242" })
    expect([parseStat(stat("Z", 1)), parseStat(stat("X", 0))]).toEqual([undefined, undefined])
    expect(parseStat(stat("Z", 4))).toMatchObject({ pid: 7 })
  })
})

describe("frames", () => {
  it("survive any cut of the stream", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string(), { maxLength: 5 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 17 }),
        (messages, size) => {
          const bytes = Buffer.concat(messages.map((m) => encodeFrame(m.map(textPart))))
          const reader = new FrameReader()
          const frames: Buffer[][] = []
          for (let at = 0; at < bytes.length; at += size) frames.push(...reader.push(bytes.subarray(at, at + size)))
          expect(frames.map((parts) => parts.map(textOf))).toEqual(messages)
        },
      ),
    )
    expect(jsonOf(jsonPart({ a: [1, "ü"] }))).toEqual({ a: [1, "ü"] })
    expect(jsonOf(Buffer.from("j:{"))).toBeUndefined()
  })

  it("refuse what is no frame, or too large a one", () => {
    expect(() => new FrameReader().push(Buffer.from("HTTP/1.1"))).toThrow(/version 1, got 4/)
    expect(() => new FrameReader().push(Buffer.from([0x11, 0xff, 0xff, 0xff, 0xff]))).toThrow(/too large/)
  })
})

describe("the app given to pm2", () => {
  const spec = { name: "a", entry: "/e.js", cwd: "/", pm2Home: "/h", logDir: "/l" }

  it("inherits nothing that could steer pm2 or be a secret", () => {
    const parentEnv = { PATH: "/bin", pm_id: "4", name: "node", autorestart: "true", TROUPE_BUS_PASSWORD: "secret", AWS_KEY: "k" }
    const app = processApp({ ...spec, parentEnv, env: { TROUPE_INTERNAL_HOST: "n1-p1" } })
    expect(app.env).toEqual({ PATH: "/bin", TROUPE_INTERNAL_HOST: "n1-p1", PM2_HOME: "/h" })
    expect(() => processApp({ ...spec, parentEnv, env: { status: "x" } })).toThrow(/env\.status/)
  })

  it("refuses a home too long for a socket", () => {
    expect(() => pm2Paths({}, `/${"x".repeat(120)}`)).toThrow(/PM2_HOME/)
    expect(pm2Paths({ HOME: "/u" }).rpcSocket).toBe("/u/.pm2/rpc.sock")
  })
})
