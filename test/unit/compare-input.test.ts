// What `troupe compare` says of bad input, before it measures anything.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readPayload } from "../../runtime/benchmark/compare/payload-file.js"
import { MsgpackCodec } from "../../runtime/wire/msgpack-codec.js"
import { callCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

function fileOf(content: string | Uint8Array): string {
  const path = join(tempDir(), "payload")
  writeFileSync(path, content)
  return path
}

describe("a payload file", () => {
  it("is read as JSON or as msgpack, whatever its name", async () => {
    const value = { lines: [1, "two", null] }
    expect(await readPayload(fileOf(JSON.stringify(value)), "payload")).toEqual(value)
    expect(await readPayload(fileOf(new MsgpackCodec().encode(value)), "payload")).toEqual(value)
  })
})

describe("wrong input of a comparison", () => {
  it.each([
    [["--payload", "none.json"], "ERR_BAD_OPTION: --payload: expected a file that can be read (ENOENT)"],
    [["--payload", "broken"], "ERR_UNDECODABLE: malformed payload: broken is neither JSON ("],
    [["--payload", "deep"], "ERR_UNDECODABLE: malformed payload: what deep holds cannot be encoded, as if nested too deep"],
    [["--payload", "undefined"], "ERR_UNDECODABLE: malformed payload: undefined holds undefined: there is nothing to hand over"],
    [["--payload", "/dev/zero"], "ERR_BAD_OPTION: --payload: expected a regular file, no pipe or device, got '/dev/zero'"],
    [["--payload", "."], "ERR_BAD_OPTION: --payload: expected a file that can be read (EISDIR)"],
    [["--against", "/dev/zero"], "ERR_BAD_OPTION: --against: expected a regular file, no pipe or device, got '/dev/zero'"],
    [["--against", "older.json"], "ERR_UNDECODABLE: malformed report: older.json has version 1, expected "],
    [["--payload", "large"], "ERR_TOO_LARGE: large: 67108865 bytes, and 67108864 is the limit"],
    [["--against", "none.json"], "ERR_BAD_OPTION: --against: expected a file that can be read (ENOENT)"],
    [["--against", "other.json"], "ERR_UNDECODABLE: malformed report: other.json is no report of troupe compare"],
    [["--out", "/proc/none/such"], "ERR_BAD_OPTION: --out: expected a directory that can be written"],
    [["--actor", "counter"], "ERR_USAGE: --actor and --handler belong together"],
    [["--actor", "counter", "--handler", "increment", "--args", "{by: 2}"], "ERR_UNDECODABLE"],
    [["--quick", "--thorough"], "ERR_USAGE: --quick and --thorough exclude each other"],
  ])("%j is said in one line, with exit code 2", async (args, message) => {
    const cwd = tempDir()
    writeFileSync(join(cwd, "broken"), Uint8Array.of(0xc1, 0xff))
    if (args.includes("large")) writeFileSync(join(cwd, "large"), new Uint8Array(64 * 1024 * 1024 + 1))
    writeFileSync(join(cwd, "undefined"), Uint8Array.of(0xd4, 0, 0))
    if (args.includes("deep")) writeFileSync(join(cwd, "deep"), `${"[".repeat(100_000)}${"]".repeat(100_000)}`)
    writeFileSync(join(cwd, "older.json"), '{"report": "troupe compare", "version": 1}')
    writeFileSync(join(cwd, "other.json"), '{"report": "another"}')
    const { exit, stdout, stderr } = await callCli(["compare", ...args], { cwd })
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" })
    expect(stderr).toContain(message)
    expect(stderr.trimEnd()).not.toContain("\n")
  })
})
