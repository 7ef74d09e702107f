import { describe, expect, it, onTestFinished, vi } from "vitest"
import { ProgressBar } from "../../runtime/cli/progress-bar.js"
import { Terminal } from "../../runtime/cli/terminal.js"

function barOn(isTTY: boolean, columns = 120): { readonly bar: ProgressBar; readonly written: string[] } {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text), isTTY, columns }
  const stdin = (async function* () {
    yield await Promise.resolve("")
  })()
  const terminal = new Terminal({ stdin, stdout: stream, stderr: stream, env: {}, format: "text", color: "never" })
  return { bar: new ProgressBar(terminal, "fft"), written }
}

describe("a progress bar", () => {
  it("is redrawn in its place, no more often than people see, and at once when a phase begins; then it is wiped away", () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    onTestFinished(() => void vi.useRealTimers())
    const { bar, written } = barOn(true)
    bar.show("sequential", 0.5)
    bar.show("sequential", 0.51)
    vi.advanceTimersByTime(100)
    bar.show("sequential", 1.2)
    bar.show("parallel", 0)
    bar.wipe()
    expect(written).toEqual([
      `\r\u001b[2Kfft sequential ${"█".repeat(15)}${"░".repeat(15)} 50 %`,
      `\r\u001b[2Kfft sequential ${"█".repeat(30)} 100 %`,
      `\r\u001b[2Kfft parallel ${"░".repeat(30)} 0 %`,
      "\r\u001b[2K",
    ])
  })

  it("is as long as the terminal has room for, so that it is never cut off", () => {
    const { bar, written } = barOn(true, 30)
    bar.show("sequential", 0.5)
    expect(written).toEqual([`\r\u001b[2Kfft sequential ${"█".repeat(4)}${"░".repeat(4)} 50 %`])
  })

  it("does not come back when it was wiped away, whatever still tells of its progress", () => {
    const { bar, written } = barOn(true)
    bar.show("parallel", 0.5)
    bar.wipe()
    bar.show("parallel", 0.6)
    bar.show("sequential", 0)
    expect(written).toHaveLength(2)
  })

  it("is not there when nobody watches", () => {
    const { bar, written } = barOn(false)
    bar.show("parallel", 0.5)
    bar.wipe()
    expect(written).toEqual([])
  })

  it("wipes away nothing when it was never shown", () => {
    const { bar, written } = barOn(true)
    bar.wipe()
    expect(written).toEqual([])
  })
})
