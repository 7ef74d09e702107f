// SentFrames — the frames sent last, to be sent again when the server finds nobody at their host.
// The server answers "no responders" at once, so what matters is what left a moment ago. Bounded in number and bytes; of a frame
// that is no longer here the refusal itself says what was in it.
// Not a Map: one whose entries come and go makes table after table, and each of them, once it is old, keeps the next one and the frames
// in it alive until the whole heap is collected.

const FRAMES = 64
const BYTES = 16 * 1024 * 1024

export class SentFrames {
  /** By their numbers, modulo FRAMES. */
  readonly #frames = new Array<Uint8Array<ArrayBuffer> | undefined>(FRAMES).fill(undefined)
  #bytes = 0
  #oldest = 1
  #next = 1

  /** Keeps a frame and gives its number. */
  add(frame: Uint8Array<ArrayBuffer>): number {
    const number = this.#next++
    this.#bytes += frame.length
    while (number - this.#oldest >= FRAMES || (this.#bytes > BYTES && this.#oldest < number)) {
      this.take(this.#oldest)
      this.#oldest++
    }
    this.#frames[number % FRAMES] = frame
    return number
  }

  /** Takes a frame out by its number; undefined when it is no longer kept. */
  take(number: number): Uint8Array<ArrayBuffer> | undefined {
    if (number < this.#oldest || number >= this.#next) return undefined
    const frame = this.#frames[number % FRAMES]
    this.#frames[number % FRAMES] = undefined
    this.#bytes -= frame?.length ?? 0
    return frame
  }
}
