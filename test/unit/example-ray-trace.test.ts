// The ray tracer's kernel against geometry by hand.

import { describe, expect, it } from "vitest"
import { distanceTo, renderRows, sky, SPHERES, trace, type Vector } from "../../actors/examples/ray-trace/scene.js"

const ball = { centre: [0, 0, 0] as Vector, radius: 2 }

describe("a ray", () => {
  it("meets a sphere where the quadratic equation says", () => {
    expect(distanceTo(ball, [0, 0, 10], [0, 0, -1])).toBeCloseTo(8, 12)
    expect(distanceTo(ball, [1, 0, 10], [0, 0, -1])).toBeCloseTo(10 - Math.sqrt(3), 12)
    expect(distanceTo(ball, [0, 0, 0], [0, 1, 0])).toBeCloseTo(2, 12)
  })

  it("misses a sphere that is behind it or beside it", () => {
    expect(distanceTo(ball, [0, 0, 10], [0, 0, 1])).toBe(Infinity)
    expect(distanceTo(ball, [2.001, 0, 10], [0, 0, -1])).toBe(Infinity)
  })

  it("that goes up from above the scene brings the light of the sky", () => {
    const up: Vector = [0, 1, 0]
    expect(trace([0, 10, 0], up, 5)).toEqual(sky(up))
  })

  it("brings a dull sphere's own colour alone when it may not be mirrored", () => {
    const [sphere] = SPHERES
    if (sphere === undefined) throw new Error("there is no sphere")
    const [x, y, z] = sphere.centre
    const [red, green, blue] = trace([x, y - 0.01, z + 9], [0, 0, -1], 0)
    expect(red + green + blue).toBeGreaterThan(0)
    expect(red + green + blue).toBeLessThan(3 * (1 - sphere.mirror) + 1e-9)
  })
})

describe("a picture", () => {
  it("is the same whether it is rendered as a whole or in bands", () => {
    const size = { width: 16, height: 12 }
    const bands = [renderRows(size, [0, 5]), renderRows(size, [5, 12])]
    expect(Buffer.concat(bands).equals(renderRows(size, [0, 12]))).toBe(true)
  })
})
