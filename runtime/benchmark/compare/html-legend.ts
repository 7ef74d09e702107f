// How lines are told apart, in plots and in their legends: by colour, by the shape of their points and by their width, so that it does not take
// colours to see which is which, nor that one lies over another.

import type { CarrierId, CarrierWords } from "./carrier.js"
import { text } from "./html-text.js"

/** Shapes that Observable Plot has, as paths for legends. */
const SHAPES = {
  circle: "M0,-3.6A3.6,3.6 0 1 1 0,3.6A3.6,3.6 0 1 1 0,-3.6Z",
  square: "M-3.3,-3.3H3.3V3.3H-3.3Z",
  triangle: "M0,-4.4L4.2,3H-4.2Z",
  diamond: "M0,-5L3.2,0L0,5L-3.2,0Z",
  cross: "M-4.2,-1.4H-1.4V-4.2H1.4V-1.4H4.2V1.4H1.4V4.2H-1.4V1.4H-4.2Z",
  star: "M0,-5L1.2,-1.6H4.8L1.9,0.6L3,4L0,1.9L-3,4L-1.9,0.6L-4.8,-1.6H-1.2Z",
  wye: "M1.2,0.7V4.4H-1.2V0.7L-4.4,-1.2L-3.2,-3.2L0,-1.4L3.2,-3.2L4.4,-1.2Z",
} as const

export type Shape = keyof typeof SHAPES
const ORDER: readonly Shape[] = ["circle", "square", "triangle", "diamond", "cross", "star", "wye"]

/** How a line is drawn; the page's style has the variables. */
export interface Look {
  readonly stroke: string
  readonly width: number
  readonly dashes: string
  readonly opacity: number
  readonly shape: Shape
}

const CARRIER_SHAPES: Readonly<Record<CarrierId, Shape>> = {
  function: "circle",
  inline: "triangle",
  "thread-shared": "circle",
  "thread-actor": "square",
  "thread-clone": "diamond",
  "thread-transfer": "cross",
  "process-shared": "circle",
  "process-actor": "square",
  "process-nats": "diamond",
  "process-ipc": "cross",
}

/** A cell of the square is drawn through, the bare platform dashed. */
export function carrierLook({ id, role }: Pick<CarrierWords, "id" | "role">): Look {
  const dashes = id === "function" ? "1 4" : "5 3"
  const isCell = role === "cell"
  return { stroke: `var(--${id})`, width: isCell ? 2.5 : 1.5, dashes: isCell ? "none" : dashes, opacity: 1, shape: CARRIER_SHAPES[id] } // prettier-ignore
}

/** Every other one is wide and pale: where two lie on each other, both are seen. */
export function seriesLook(index: number): Look {
  const isWide = index % 2 === 0
  return {
    stroke: `var(--s${String(index % ORDER.length)})`,
    width: isWide ? 5 : 2,
    dashes: "none",
    opacity: isWide ? 0.55 : 1,
    shape: ORDER[index % ORDER.length] ?? "circle",
  }
}

export interface LegendItem {
  readonly name: string
  readonly look: Look
  /** Told to who points at it. */
  readonly more?: string
}

export function legend(items: readonly LegendItem[]): string {
  const each = items.map(({ name, look: { stroke, width, dashes, opacity, shape }, more }) => {
    const line = `<line x1="0" y1="6" x2="28" y2="6" style="stroke:${stroke}" stroke-width="${String(width)}" stroke-dasharray="${dashes}" stroke-opacity="${String(opacity)}"/>`
    const point = `<path d="${SHAPES[shape]}" transform="translate(14,6)" style="fill:${stroke}"/>`
    const title = more === undefined ? "" : ` title="${text(more)}"`
    return `<li${title}><svg viewBox="0 0 28 12" aria-hidden="true">${line}${point}</svg>${text(name)}</li>`
  })
  return `<ul class="legend">${each.join("")}</ul>`
}
