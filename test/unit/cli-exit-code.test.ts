import { describe, expect, it } from "vitest"
import * as errors from "../../runtime/errors.js"
import {
  BusUnreachableError,
  NoActorError,
  NodeUnreachableError,
  RemoteError,
  TimedOutError,
  UsageError,
} from "../../runtime/errors.js"
import { exitCodeOf, type FailureSource } from "../../runtime/cli/exit-code.js"
import { failureJson, failureLine, failureOf } from "../../runtime/cli/failure.js"
import { wantsColor } from "../../runtime/cli/terminal.js"
import picocolors from "picocolors"

const plain = picocolors.createColors(false)

describe("exit codes", () => {
  it.each<[code: string, here: number, actor: number, node: number]>([
    ["ERR_NO_ACTOR", 4, 4, 4],
    ["ERR_NO_HANDLER", 4, 4, 4],
    ["ERR_NO_KIND", 4, 4, 4],
    ["ERR_TIMED_OUT", 5, 5, 5],
    ["ERR_START_TIMED_OUT", 5, 5, 5],
    ["ERR_NOT_DELIVERED", 5, 1, 1],
    ["ERR_BUS_UNREACHABLE", 3, 1, 1],
    ["ERR_BUS_REFUSED", 3, 1, 1],
    ["ERR_BUS_TOO_OLD", 3, 1, 1],
    ["ERR_BUS_FAILED", 3, 1, 1],
    ["ERR_NODE_UNREACHABLE", 3, 1, 1],
    ["ERR_NO_NATS_SERVER", 3, 1, 1],
    ["ERR_PM2", 3, 1, 1],
    ["ERR_STATE_DIR", 3, 1, 1],
    ["ERR_USAGE", 2, 1, 2],
    ["ERR_BAD_OPTION", 2, 1, 2],
    ["ERR_BAD_NAME", 2, 1, 2],
    ["ERR_BAD_CONFIG", 2, 1, 2],
    ["ERR_BAD_MESSAGE", 2, 1, 2],
    ["ERR_UNDECODABLE", 2, 1, 1],
    ["ERR_TOO_LARGE", 2, 1, 2],
    ["ERR_CANCELLED", 130, 1, 1],
    ["ERR_NAME_TAKEN", 1, 1, 1],
    ["ERR_START_FAILED", 1, 1, 1],
    ["ERR_NOT_KILLABLE", 1, 1, 1],
    ["ERR_MAILBOX_FULL", 1, 1, 1],
    ["ERR_STOPPING", 1, 1, 1],
    ["ERR_DIED_WHILE_HANDLING", 1, 1, 1],
    ["out of paint", 1, 1, 1],
    ["", 1, 1, 1],
    ["constructor", 1, 1, 1],
  ])("of %s are %i from here, %i from an actor, %i from the node", (code, here, actor, node) => {
    const sources: FailureSource[] = ["here", "actor", "node"]
    expect(sources.map((source) => exitCodeOf(code, source))).toEqual([here, actor, node])
  })

  it("are never 0 for a failure, whatever its class", () => {
    const codes = [...Object.keys(errors)].filter((name) => name.endsWith("Error"))
    expect(codes.length).toBeGreaterThan(20)
    for (const code of codes) expect(exitCodeOf(code, "here")).toBeGreaterThan(0)
  })
})

describe("a failure", () => {
  it("is one line: the code, what happened, what to do next", () => {
    const lines = [
      new TimedOutError("counter.value", 5000),
      new NoActorError("counter"),
      new NodeUnreachableError("troupe"),
      new BusUnreachableError("nats://127.0.0.1:1"),
      new UsageError("unknown command", "see --help"),
    ].map((error) => failureLine(failureOf(error), plain))
    for (const line of lines) expect(line).toMatch(/^ERR_[A-Z_]+: [^\n]+; [^\n]+$/)
  })

  it.each([
    [new TimedOutError("a.b", 5), { takesTimeout: true }, 'give it longer with --timeout, or see "troupe ps"'],
    [new TimedOutError("pm2 list", 5), { takesTimeout: false }, '"troupe doctor" says what is wrong'],
    [
      new TimedOutError("the node, asked to kill", 5),
      { takesTimeout: true },
      'it is overloaded, or an inline actor in a handler that never returns holds it: "troupe down" and "troupe up" start afresh',
    ],
    [new errors.StartTimedOutError("a", 5), { takesTimeout: true }, "give it longer with --timeout"],
    [new errors.StartTimedOutError("a", 5), { takesTimeout: false }, "raise node.startTimeoutMs if it needs longer"],
    [new errors.NotDeliveredError("salt", "it is restarting"), { takesTimeout: true }, '"troupe why salt" tells why'],
    [new errors.NoHandlerError("a", "incremnt", ["increment", "value"]), { takesTimeout: true }, 'did you mean "increment"?'],
    [new errors.NoKindError("countr", ["counter"]), { takesTimeout: true }, 'did you mean "counter"?'],
    [
      new errors.NodeFailedError("it hangs"),
      { takesTimeout: false },
      '"troupe doctor" says more, "troupe down" clears everything away',
    ],
  ])("gives advice that is true of %s: %o", (error, command, advice) => {
    expect(failureLine(failureOf(error), plain, command)).toBe(`${error.code}: ${error.message}; ${advice}`)
  })

  it("of the system, put into no words of ours, is a defect too, whatever its code", () => {
    const error = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" })
    expect(failureOf(error)).toMatchObject({ code: "ERR_INTERNAL", message: "Error: EIO: i/o error, read", exitCode: 1 })
  })

  it("stays one harmless line when an actor's message holds line ends and terminal commands", () => {
    const error = new RemoteError("actor", {
      code: "E\u001b[31mVIL",
      message: "first\r\n  second\u001b]0;title\u0007\u009b2J",
      data: {},
    })
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(failureLine(failureOf(error), plain)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })

  it("is JSON with code and message first, which data cannot replace", () => {
    const error = new RemoteError("actor", {
      code: "E_PAINT",
      message: "out of paint",
      data: { code: "x", message: "y", colour: "red" },
    })
    expect(failureJson(failureOf(error))).toBe('{"code":"E_PAINT","message":"out of paint","colour":"red"}')
  })

  it("that is a defect says so and keeps its stack for JSON", () => {
    const failure = failureOf(new TypeError("x is not a function"))
    expect(failureLine(failure, plain)).toBe(
      "ERR_INTERNAL: TypeError: x is not a function; this is a defect of troupe; please report it",
    )
    expect(failure).toMatchObject({ exitCode: 1, data: { stack: expect.stringContaining("cli-exit-code") as string } })
    expect(failureOf("thrown text")).toMatchObject({ code: "ERR_INTERNAL", message: "thrown text", exitCode: 1 })
  })
})

describe("colour", () => {
  it.each([
    ["auto", {}, true, true],
    ["auto", {}, false, false],
    ["never", { FORCE_COLOR: "1" }, true, false],
    ["auto", { NO_COLOR: "1" }, true, false],
    ["auto", { NO_COLOR: "" }, true, true],
    ["auto", { FORCE_COLOR: "1" }, false, true],
    ["auto", { FORCE_COLOR: "0" }, true, false],
    ["auto", { TERM: "dumb" }, true, false],
  ] as const)("asked %s with %o on a terminal (%s): %s", (asked, env, isTty, expected) => {
    expect(wantsColor(asked, env, isTty)).toBe(expected)
  })
})
