// SentFrames — the frames sent last, to be sent again when the server finds nobody at their host.
// The server answers "no responders" at once, so what matters is what left a moment ago. Bounded in number and bytes; of a frame
// that is no longer here the refusal itself says what was in it.

// Few, for what is kept makes the garbage collector copy it: with hundreds, asks cost half as much again.
const FRAMES = 32
const BYTES = 16 * 1024 * 1024

export class SentFrames {
  readonly #frames = new Map<number, Uint8Array<ArrayBuffer>>()
  #bytes = 0
  #next = 1

  /** Keeps a frame and gives its number. */
  add(frame: Uint8Array<ArrayBuffer>): number {
    const number = this.#next++
    this.#frames.set(number, frame)
    this.#bytes += frame.length
    while (this.#frames.size > FRAMES || (this.#bytes > BYTES && this.#frames.size > 1)) this.#dropOldest()
    return number
  }

  /** Takes a frame out by its number; undefined when it is no longer kept. */
  take(number: number): Uint8Array<ArrayBuffer> | undefined {
    const frame = this.#frames.get(number)
    if (frame !== undefined) this.#drop(number, frame)
    return frame
  }

  #dropOldest(): void {
    for (const [number, frame] of this.#frames) {
      this.#drop(number, frame)
      return
    }
  }

  #drop(number: number, frame: Uint8Array<ArrayBuffer>): void {
    this.#frames.delete(number)
    this.#bytes -= frame.length
  }
}
