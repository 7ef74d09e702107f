// The examples of docs/toolkit.md, run. test/unit/readme.test.ts checks their types.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import ts from "typescript"
import { afterAll, describe, expect, it } from "vitest"
import { type PipeEnd, openSharedArray } from "../../../runtime/toolkit.js"
import { projectRoot } from "../../support/project-root.js"
import { codeBlocksIn } from "../../support/readme.js"

const dir = mkdtempSync(join(tmpdir(), "tr-"))
afterAll(() => rmSync(dir, { recursive: true }))

const blocks = codeBlocksIn(readFileSync(join(projectRoot, "docs", "toolkit.md"), "utf8"))
const runtime = pathToFileURL(join(import.meta.dirname, "../../../runtime/toolkit.js")).href

/** The exports of the example that opens something by that name. */
async function example<T>(name: string): Promise<T> {
  const text = blocks.find((block) => block.text.includes(`"${name}"`))?.text ?? ""
  const { outputText } = ts.transpileModule(text.replace("../runtime/toolkit.js", runtime), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  const file = join(dir, `${name}.mjs`)
  writeFileSync(file, outputText)
  return (await import(pathToFileURL(file).href)) as T
}

describe("the examples of docs/toolkit.md", () => {
  it("keep the best of many solutions", async () => {
    const { improve } = await example<{ improve: (score: number, at: number) => Promise<void> }>("best-solution")
    await Promise.all([5, 9, 2].map((score, at) => improve(score, at)))
    expect([...openSharedArray("best", Float64Array, { length: 2 }).view]).toEqual([9, 1])
  })

  it("let visitors in, and hand goods over", async () => {
    type Shop = Record<"visit" | "takeOne" | "bringOne" | "start", () => Promise<unknown>>
    const { visit, takeOne, bringOne, start } = await example<Shop>("stock")
    const visits = [visit(), visit(), visit()]
    await start()
    expect((await Promise.all(visits)).sort()).toEqual([0, 1, 2])
    await Promise.all([takeOne(), bringOne()])
  })

  it("work through a queue, and know when all is done", async () => {
    type Work = {
      feed: (names: string[]) => Promise<void>
      work: () => Promise<number>
      source: PipeEnd<number>
      sink: PipeEnd<number>
    }
    const files = blocks.find(({ text }) => text.includes('"files"'))
    expect(files?.language).toBe("ts")
    const { feed, work, source, sink } = await example<Work>("files")
    const workers = [work(), work()]
    await feed(["a", "bb", "ccc"])
    expect((await Promise.all(workers)).reduce((sum, one) => sum + one)).toBe(6)
    await source.send(1)
    await source.close()
    const received: number[] = []
    for await (const value of sink) received.push(value)
    expect(received).toEqual([1])
  })
})
