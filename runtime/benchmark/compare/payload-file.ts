// A payload of the user's own, from a file: JSON or msgpack.

import { readFile, stat } from "node:fs/promises"
import { freemem } from "node:os"
import { BadOptionError, codeOf, TooLargeError, UndecodableError } from "../../errors.js"
import { MESSAGE_BYTES } from "../../wire/codec.js"
import { MsgpackCodec } from "../../wire/msgpack-codec.js"
import { packed } from "./parcel.js"

/**
 * The value that a file holds.
 * @throws {BadOptionError} for a file that cannot be read, and what is no file: a pipe that nobody writes to would be waited for for ever
 * @throws {TooLargeError} for more than a message, or the memory that is free, can hold
 * @throws {UndecodableError} for what is neither JSON nor msgpack, and for what is nested so deep that nothing carries it
 */
export async function readPayload(path: string, given: string): Promise<unknown> {
  const most = Math.min(MESSAGE_BYTES, freemem())
  const value = decoded(await readWhole({ path, given, option: "--payload", most }), given)
  if (value === undefined) throw new UndecodableError("payload", `${given} holds undefined: there is nothing to hand over`)
  try {
    packed(value)
  } catch (error) {
    throw new UndecodableError("payload", `what ${given} holds cannot be encoded, as if nested too deep (${String(error)})`)
  }
  return value
}

interface Wanted {
  readonly path: string
  /** As the user named it. */
  readonly given: string
  readonly option: string
  /** The bytes it may have. */
  readonly most: number
}

/** All of a regular file. @throws {BadOptionError} for what cannot be read or is none; {@link TooLargeError} */
export async function readWhole({ path, given, option, most }: Wanted): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (!found.isFile() && !found.isDirectory()) throw new BadOptionError(option, "a regular file, no pipe or device", given)
    if (found.size > most) throw new TooLargeError(given, found.size, most)
    return await readFile(path)
  } catch (error) {
    if (error instanceof TooLargeError || error instanceof BadOptionError) throw error
    throw new BadOptionError(option, `a file that can be read (${codeOf(error) ?? "unknown error"})`, given)
  }
}

function decoded(bytes: Buffer, given: string): unknown {
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
    throw new UndecodableError("payload", `${given} is neither JSON (${notJson}) nor msgpack (${notMsgpack})`)
  }
}
