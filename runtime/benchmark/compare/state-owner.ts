// The actor that owns a state of several words: changed and read as a whole, since it does one thing at a time.

import { Actor } from "../../actor/actor.js"
import { actor, handler } from "../../actor/definition.js"
import { STATE_WORDS } from "./squad-jobs.js"

@actor({ kind: "compare-state-owner", module: import.meta.url })
export class StateOwner extends Actor {
  readonly #state = new Int32Array(STATE_WORDS)

  @handler()
  write({ word }: { word: number }): void {
    for (let i = 0; i < STATE_WORDS; i++) this.#state[i] = word
  }

  @handler()
  read(): Int32Array {
    return this.#state.slice()
  }
}

/** Whether all of a state was written by one `write`. */
export function isOfOnePiece(state: Int32Array): boolean {
  return state.length === STATE_WORDS && state.every((word) => word === state[0])
}
