// The scene and its light: spheres above a chequered floor, one lamp, mirrors that mirror mirrors. Whitted's ray tracing:
// T. Whitted, "An improved illumination model for shaded display", CACM 23 (1980).

export interface Sphere {
  readonly centre: Vector
  readonly radius: number
  readonly colour: Vector
  /** From 0, dull, to 1, a perfect mirror. */
  readonly mirror: number
}

export type Vector = readonly [x: number, y: number, z: number]

const EYE: Vector = [0, 1.2, 4]
const LAMP: Vector = [4, 8, 6]
const DEPTH = 12
const NEAR = 1e-6

/** A spiral of spheres in the middle: the rows that show it cost many times what the sky costs. */
export const SPHERES: readonly Sphere[] = Array.from({ length: 48 }, (_, i) => {
  const turn = i * 0.7
  const reach = 0.25 + i * 0.035
  return {
    centre: [reach * Math.cos(turn), 0.25 + (i % 4) * 0.3, -1 + reach * Math.sin(turn)] as const,
    radius: 0.22,
    colour: [0.5 + 0.5 * Math.cos(turn), 0.5 + 0.5 * Math.cos(turn + 2.1), 0.5 + 0.5 * Math.cos(turn + 4.2)] as const,
    mirror: 0.55,
  }
})

/** How far along a ray (of unit direction) a sphere is met first, or Infinity. */
export function distanceTo({ centre, radius }: Pick<Sphere, "centre" | "radius">, from: Vector, along: Vector): number {
  const x = centre[0] - from[0]
  const y = centre[1] - from[1]
  const z = centre[2] - from[2]
  const middle = x * along[0] + y * along[1] + z * along[2]
  const under = middle * middle - (x * x + y * y + z * z) + radius * radius
  if (under < 0) return Infinity
  const half = Math.sqrt(under)
  if (middle - half > NEAR) return middle - half
  return middle + half > NEAR ? middle + half : Infinity
}

/** The rows of the picture from one to another, as bytes of red, green and blue. */
export function renderRows(
  picture: { readonly width: number; readonly height: number },
  rows: readonly [from: number, to: number],
): Uint8Array {
  const { width, height } = picture
  const [from, to] = rows
  const bytes = new Uint8Array((to - from) * width * 3)
  let at = 0
  for (let row = from; row < to; row++) {
    for (let column = 0; column < width; column++) {
      const along = unit([(2 * column + 1 - width) / height, (height - 2 * row - 1) / height - 0.15, -1.6])
      for (const light of trace(EYE, along, DEPTH)) bytes[at++] = Math.round(255 * Math.sqrt(Math.min(1, light)))
    }
  }
  return bytes
}

/** The light that comes back along a ray. */
export function trace(from: Vector, along: Vector, depth: number): Vector {
  let nearest = Infinity
  let met: Sphere | undefined
  for (const sphere of SPHERES) {
    const distance = distanceTo(sphere, from, along)
    if (distance < nearest) [nearest, met] = [distance, sphere]
  }
  const floor = along[1] < 0 ? -from[1] / along[1] : Infinity
  if (met === undefined && floor === Infinity) return sky(along)
  if (floor > NEAR && floor < nearest) return floorLight(point(from, along, floor))
  if (met === undefined) return sky(along)
  const place = point(from, along, nearest)
  const normal = unit([place[0] - met.centre[0], place[1] - met.centre[1], place[2] - met.centre[2]])
  const own = scaled(met.colour, lamplight(place, normal) * (1 - met.mirror))
  if (depth === 0) return own
  const turned = 2 * dot(along, normal)
  const back = trace(
    place,
    unit([along[0] - turned * normal[0], along[1] - turned * normal[1], along[2] - turned * normal[2]]),
    depth - 1,
  )
  return [own[0] + back[0] * met.mirror, own[1] + back[1] * met.mirror, own[2] + back[2] * met.mirror]
}

/** What the sky shines like in a direction. */
export function sky(along: Vector): Vector {
  const height = 0.5 + 0.5 * along[1]
  return [0.35 + 0.4 * (1 - height), 0.5 + 0.3 * (1 - height), 0.9]
}

function floorLight(place: Vector): Vector {
  const dark = (Math.floor(place[0]) + Math.floor(place[2])) % 2 !== 0
  const light = lamplight(place, [0, 1, 0]) * (dark ? 0.25 : 0.8)
  return [light, light, light]
}

function lamplight(place: Vector, normal: Vector): number {
  const toLamp = unit([LAMP[0] - place[0], LAMP[1] - place[1], LAMP[2] - place[2]])
  const shade = SPHERES.some((sphere) => distanceTo(sphere, place, toLamp) < Infinity)
  return 0.12 + (shade ? 0 : 0.88 * Math.max(0, dot(normal, toLamp)))
}

function point(from: Vector, along: Vector, distance: number): Vector {
  return [from[0] + distance * along[0], from[1] + distance * along[1], from[2] + distance * along[2]]
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

function scaled(a: Vector, by: number): Vector {
  return [a[0] * by, a[1] * by, a[2] * by]
}

function unit(a: Vector): Vector {
  return scaled(a, 1 / Math.sqrt(dot(a, a)))
}
