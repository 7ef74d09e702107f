import { describe, expect, it } from "vitest"
import { Terminal, type TerminalOptions } from "../../runtime/cli/terminal.js"
import { waitingFor } from "../../runtime/cli/waiting.js"
import { eventually } from "../support/eventually.js"

function terminalWith(options: Partial<TerminalOptions> & { isTTY?: boolean; columns?: number } = {}): {
  terminal: Terminal
  seen: () => string
} {
  let seen = ""
  const stderr = { write: (text: string) => (seen += text), isTTY: options.isTTY ?? true, columns: options.columns }
  const stdin = (async function* () {
    yield await Promise.resolve("")
  })()
  const terminal = new Terminal({ stdin, stdout: stderr, stderr, env: {}, format: "text", color: "never", ...options })
  return { terminal, seen: () => seen }
}

describe("a wait", () => {
  it.each([undefined, 0, 20])("on a terminal of %s columns turns a line and wipes it away", async (columns) => {
    const { terminal, seen } = terminalWith({ columns: columns as number })
    let end = (_: number): void => undefined
    const waited = waitingFor(terminal, "waiting for counter.value", new Promise<number>((resolve) => (end = resolve)))
    await eventually(() => seen().includes("⠙ waiting for"))
    end(42)
    await expect(waited).resolves.toBe(42)
    expect(seen().endsWith("\r\u001b[2K")).toBe(true)
    for (const line of seen().split("\r\u001b[2K")) expect(line.length).toBeLessThan(columns === 20 ? 20 : 80)
  })

  it("that is short, or fails at once, shows nothing", async () => {
    const { terminal, seen } = terminalWith()
    await expect(waitingFor(terminal, "x", Promise.resolve(1))).resolves.toBe(1)
    await expect(waitingFor(terminal, "x", Promise.reject(new Error("no")))).rejects.toThrow("no")
    expect(seen()).toBe("")
  })

  it("shows nothing to a file, to CI, to a dumb terminal, or with --json", () => {
    for (const options of [{ isTTY: false }, { env: { CI: "true" } }, { env: { TERM: "dumb" } }, { format: "json" as const }]) {
      const { terminal, seen } = terminalWith(options)
      terminal.redraw("busy")
      terminal.remark("busy")
      expect(seen()).toBe("")
    }
  })
})
