import { execFileSync } from "node:child_process"
import { symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { chunksOf, linesOf, type Progress, type ReadOptions } from "../../actors/files/input-file.js"
import { countWords } from "../../actors/word-count.js"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"

const MEGABYTE = 1_000_000

function fileOf(contents: string | Buffer): string {
  const path = join(tempDir(), "file.txt")
  writeFileSync(path, contents)
  return path
}

async function readAll(path: string, options?: ReadOptions): Promise<number> {
  let bytes = 0
  for await (const chunk of chunksOf(path, options)) bytes += chunk.length
  return bytes
}

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text, "latin1"))
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe("an input file", () => {
  it("is refused with a code of its own when it is missing, a directory, a pipe, or cannot be read", async () => {
    const dir = tempDir()
    symlinkSync(join(dir, "loop"), join(dir, "loop"))
    execFileSync("mkfifo", [join(dir, "pipe")])
    writeFileSync(join(dir, "file"), "")
    const refusal = (path: string): Promise<unknown> => readAll(path).catch((error: unknown) => error)
    expect(await refusal(join(dir, "none"))).toMatchObject({
      code: "ERR_NO_FILE",
      data: { path: join(dir, "none"), cause: "ENOENT" },
    })
    expect(await refusal(join(dir, "file/below"))).toMatchObject({ code: "ERR_NO_FILE", data: { cause: "ENOTDIR" } })
    expect(await refusal(dir)).toMatchObject({
      code: "ERR_NOT_A_FILE",
      message: expect.stringContaining("a directory") as unknown,
    })
    expect(await refusal(join(dir, "pipe"))).toMatchObject({ code: "ERR_NOT_A_FILE" })
    expect(await refusal(join(dir, "loop"))).toMatchObject({ code: "ERR_UNREADABLE_FILE", data: { cause: "ELOOP" } })
    expect(await refusal("a\0b")).toMatchObject({ code: "ERR_UNREADABLE_FILE" })
    expect(await refusal("x".repeat(5000))).toMatchObject({ code: "ERR_UNREADABLE_FILE", data: { cause: "ENAMETOOLONG" } })
  })

  it("reports progress at most ten times a second, and at its end", async () => {
    const path = fileOf(Buffer.alloc(20 * MEGABYTE, "a"))
    const seen: Progress[] = []
    const startedAt = performance.now()
    expect(await readAll(path, { onProgress: (progress) => seen.push(progress) })).toBe(20 * MEGABYTE)
    expect(seen.length).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 100)
    expect(seen.at(-1)).toEqual({ path, bytes: 20 * MEGABYTE, total: 20 * MEGABYTE, fraction: 1 })
  })

  it("reports the end of an empty file", async () => {
    const path = fileOf("")
    const seen: Progress[] = []
    expect(await readAll(path, { onProgress: (progress) => seen.push(progress) })).toBe(0)
    expect(seen).toEqual([{ path, bytes: 0, total: 0, fraction: 1 }])
  })

  it("is not read any further once nobody wants it", async () => {
    const path = fileOf(Buffer.alloc(20 * MEGABYTE))
    await expect(readAll(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    const controller = new AbortController()
    let bytes = 0
    const reading = (async () => {
      for await (const chunk of chunksOf(path, { signal: controller.signal })) {
        bytes += chunk.length
        controller.abort()
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: "ERR_CANCELLED", data: { path } })
    expect(bytes).toBeLessThan(2 * MEGABYTE)
  })

  it("throws on what the reader of its progress throws", async () => {
    const onProgress = (): never => {
      throw new RangeError("mine")
    }
    await expect(readAll(fileOf("a"), { onProgress })).rejects.toThrow(RangeError)
  })

  it("gives lines however its chunks are cut", async () => {
    const expected = ["one", "", "three", "four"]
    expect(await collect(linesOf(pieces("one\n\nthree\r\nfour")))).toEqual(expected)
    expect(await collect(linesOf(pieces(...Array.from("one\n\nthree\r\nfour\r\n"))))).toEqual(expected)
    expect(await collect(linesOf(pieces()))).toEqual([])
  })

  it("gives the beginning of a long line before its end is read, once", async () => {
    let read = 0
    const chunks = (async function* () {
      for (const text of ["x".repeat(1500), "y".repeat(1500), "z\nafter\n"]) {
        read++
        yield await Promise.resolve(Buffer.from(text))
      }
    })()
    const lines = linesOf(chunks)
    expect((await lines.next()).value).toBe("x".repeat(1000))
    expect(read).toBe(1)
    expect(await collect(lines)).toEqual(["after"])
  })

  it("gives the beginning of a line that does not end", async () => {
    const lines = await collect(linesOf(pieces("a".repeat(600), "b".repeat(600), "c\nd")))
    expect(lines).toEqual(["a".repeat(600) + "b".repeat(400), "d"])
  })
})

describe("counting the words of a file", () => {
  it("gives the figures that wc and a script in another language found", async () => {
    const path = join(projectRoot, "test/fixtures/LICENSE-hikari.txt")
    expect(await countWords({ path, top: 3 })).toEqual({
      path,
      bytes: 1094,
      lines: 24,
      words: 172,
      characters: 1093,
      top: [
        { word: "the", count: 15 },
        { word: "or", count: 9 },
        { word: "software", count: 9 },
      ],
      missed: 0,
    })
  })

  it("decodes characters that lie across chunks, and takes no notice of a byte order mark", async () => {
    const text = "\uFEFFa" + "東京 😀é ".repeat(100_000)
    const counted = await countWords({ path: fileOf(text), top: 1 })
    expect(counted).toMatchObject({ bytes: Buffer.byteLength(text), words: 200_000, characters: 1 + 600_000 })
    expect(counted.top).toEqual([{ word: "é", count: 100_000 }])
  })

  it("takes bytes that are no UTF-8 for the replacement character", async () => {
    const counted = await countWords({ path: fileOf(Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82])), top: 9 })
    expect(counted).toMatchObject({ words: 2, characters: 4, lines: 1 })
  })

  it("refuses a binary file, naming the first NUL", async () => {
    const contents = Buffer.alloc(MEGABYTE, "a")
    contents[700_000] = 0
    const path = fileOf(contents)
    await expect(countWords({ path, top: 1 })).rejects.toMatchObject({ code: "ERR_BINARY_FILE", data: { path, offset: 700_000 } })
  })

  it("counts an empty file", async () => {
    const path = fileOf("")
    expect(await countWords({ path, top: 5 })).toEqual({ path, bytes: 0, lines: 0, words: 0, characters: 0, top: [], missed: 0 })
  })
})
