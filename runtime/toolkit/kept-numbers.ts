// KeptNumbers — the elements of an array that a keeper has, for one who uses them: copies that come and go in messages.
// X1  Changes by one party are made one after the other: its lock is reentrant, and holds none of them up.
// X2  What a writer changed is sent as one message, with the lease under which it was: the keeper takes it as a whole, or refuses it.

import type { ActorRef } from "../actor/actor-ref.js"
import { MayNotBlockError, UnavailableError } from "../errors.js"
import type { LockLease } from "../parallel/lease.js"
import type { Change, Element, NumberStore, Numbers, NumbersType } from "../parallel/numbers.js"
import type { Opened } from "./requests.js"
import type { ToolkitKeeper } from "./toolkit-keeper.js"
import type { Turns } from "./turns.js"

/** A keeper, as one user of it has it. */
export interface KeeperAccess {
  readonly keeper: ActorRef<ToolkitKeeper>
  readonly turns: Turns
}

/** What an answer may take. */
const ANSWER_MS = 10_000

export class KeptNumbers<T extends NumbersType> implements NumberStore<T> {
  readonly inMemory = false
  /** What is written is written as a whole. */
  readonly isHalfWritten = false
  readonly #keeper: ActorRef<ToolkitKeeper>
  readonly #turns: Turns
  readonly #opened: Opened
  readonly #Type: T
  readonly #length: number

  constructor({ keeper, turns }: KeeperAccess, opened: Opened, { Type, length }: { readonly Type: T; readonly length: number }) {
    this.#keeper = keeper
    this.#turns = turns
    this.#opened = opened
    this.#Type = Type
    this.#length = length
  }

  get view(): Numbers<T> {
    throw new UnavailableError(
      this.#opened.key,
      "a keeper has it, and an actor's memory is nobody else's",
      "use read, write, update, increase and snapshot; or open it with openMachineToolkit, or among the threads of one process with openSharedArray",
    )
  }

  async read(from: number, to: number): Promise<Numbers<T>> {
    const bytes = await this.#ask.readNumbers({ ...this.#opened, from, to })
    // Of its own, so that it begins where its elements may.
    return new this.#Type(bytes.slice().buffer) as Numbers<T>
  }

  readWhole(): Promise<Numbers<T>> {
    return this.read(0, this.#length)
  }

  write<R>(change: Change<T, R>, { from, to, lease }: { from: number; to: number; lease: LockLease }): Promise<R> {
    const { key, owner } = this.#opened
    return this.#turns.take(`${key} ${String(owner)}`, async () => {
      const numbers = await this.read(from, to)
      const made = change(numbers, false)
      await this.#send(from, numbers, lease.ticket)
      return made
    })
  }

  writeNow(): never {
    throw new MayNotBlockError(this.#opened.key, "a keeper has it, and its answer is a message")
  }

  set(index: number, value: Element<T>): Promise<void> {
    return this.#send(index, this.#one(value), 0)
  }

  async add(index: number, by: Element<T>): Promise<Element<T>> {
    const bytes = await this.#ask.addNumber({ ...this.#opened, at: index, by: bytesOf(this.#one(by)) })
    return (new this.#Type(bytes.slice().buffer) as Numbers<T>)[0] as Element<T>
  }

  #send(at: number, numbers: Numbers<T>, ticket: number): Promise<void> {
    return this.#ask.writeNumbers({ ...this.#opened, at, bytes: bytesOf(numbers), ticket })
  }

  #one(value: Element<T>): Numbers<T> {
    const one = new this.#Type(1) as Numbers<T>
    one[0] = value
    return one
  }

  get #ask(): ActorRef<ToolkitKeeper>["ask"] {
    return this.#keeper.with({ timeoutMs: ANSWER_MS }).ask
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
