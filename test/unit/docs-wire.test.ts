import { readFileSync } from "node:fs"
import { join } from "node:path"
import { runInThisContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { hostId } from "../../runtime/ids.js"
import { LEDGER_BYTES } from "../../runtime/actor/ledger.js"
import { toWire } from "../../runtime/wire/envelope.js"
import { makeFrame, readFrame, stampFrame } from "../../runtime/wire/frame.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { projectRoot } from "../support/project-root.js"

const document = readFileSync(join(projectRoot, "docs", "wire.md"), "utf8")
const codec = new MsgpackCodec()
const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("hex")
    .replaceAll(/..(?!$)/g, "$& ")

const examples = [...document.matchAll(/^\| `([^`]+)` +\| `((?:[0-9a-f]{2} ?)+)` +\|$/gm)].map(
  ([, value = "", bytes = ""]) => [value, bytes] as const,
)

describe("docs/wire.md", () => {
  it("has examples", () => {
    expect(examples.length).toBeGreaterThan(10)
  })

  it.each(examples)("%s is %s", (source, bytes) => {
    const value: unknown = runInThisContext(`(${source})`)
    expect(hex(codec.encode(value))).toBe(bytes)
  })

  it("shows a frame as it is", () => {
    const [from, to] = [hostId("n1"), hostId("n1-p1")]
    const ask = toWire({ type: "ask", to: 0, id: 7, handler: "add", deadline: 0, input: { by: 2 } })
    const frame = makeFrame({ from, to }, [codec.encode(ask)], { last: 7, span: 1, tells: 0, roots: 1 })
    stampFrame(frame, 1, 3)
    const [, shown = ""] = /^```\n(a7 [^`]*)\n```$/m.exec(document) ?? []
    expect(hex(frame)).toBe(shown.replaceAll(/\s+/g, " "))
    expect(readFrame(frame)).toMatchObject({ from, to, fromIncarnation: 1, toIncarnation: 3, last: 7, span: 1, roots: 1 })
  })

  it("names every envelope with its type, and the size of a ledger", () => {
    const refused = {
      type: "refused",
      host: hostId("h"),
      incarnation: 1,
      why: "ended",
      last: 1,
      span: 1,
      tells: 0,
      roots: 0,
    } as const
    const envelopes = [
      toWire({ type: "tell", to: 0, handler: "h", deadline: 0, input: 1 }),
      toWire({ type: "ask", to: 0, id: 1, handler: "h", deadline: 0, input: 1 }),
      toWire({ type: "answered", id: 1, value: 1 }),
      toWire({ type: "failed", id: 1, error: { name: "E", message: "m" } }),
      toWire({ type: "cancel", id: 1 }),
      toWire(refused),
    ]
    const shown = [...document.matchAll(/^\| \w+ +\| `\[(\d), ([^\]]*)\]`/gm)].map(([, type, parts = ""]) => [
      Number(type),
      parts.split(", ").length + 1,
    ])
    expect(shown).toEqual(envelopes.map((array) => [array[0], array.length]))
    expect(LEDGER_BYTES).toBe(240 * 8 + 112 * 128)
  })
})
