// A payload of the user's own, from a file: JSON or msgpack.

import { open } from "node:fs/promises"
import { freemem } from "node:os"
import { BadOptionError, codeOf, TooLargeError, UndecodableError } from "../../errors.js"
import { MESSAGE_BYTES } from "../../wire/codec.js"
import { MsgpackCodec } from "../../wire/msgpack-codec.js"

/**
 * The value that a file holds.
 * @throws {BadOptionError} for a file that cannot be read
 * @throws {TooLargeError} for more than a message, or the memory that is free, can hold
 * @throws {UndecodableError} for what is neither JSON nor msgpack
 */
export async function readPayload(path: string, given: string): Promise<unknown> {
  let bytes: Buffer
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const most = Math.min(MESSAGE_BYTES, freemem())
    if (size > most) throw new TooLargeError(given, size, most)
    bytes = await file.readFile()
  } catch (error) {
    if (error instanceof TooLargeError) throw error
    throw new BadOptionError("--payload", `a file that can be read (${codeOf(error) ?? "unknown error"})`, given)
  }
  let notJson: string
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown
  } catch (error) {
    notJson = error instanceof Error ? error.message : String(error)
  }
  try {
    return new MsgpackCodec().decode(bytes)
  } catch (error) {
    const notMsgpack = error instanceof Error ? error.message : String(error)
    throw new UndecodableError(`the payload in ${given}`, `it is neither JSON (${notJson}) nor msgpack (${notMsgpack})`)
  }
}
