// What node.json must hold to be believed. Loaded when there is a node.json to read.

import { z } from "zod"
import type { NodeState } from "./node-state.js"

const told = z.object({ code: z.string(), message: z.string() })
const hashes = z.record(z.string(), z.string())

const NODE_STATE: z.ZodType<NodeState> = z.object({
  status: z.enum(["starting", "ready", "failed"]),
  pid: z.int().min(2),
  startTime: z.string(),
  name: z.string().min(1),
  prefix: z.string(),
  pm2Home: z.string().min(1),
  startedAt: z.string(),
  readyAt: z.string().exactOptional(),
  busUrl: z.string().exactOptional(),
  actors: z.array(z.string()),
  failed: z.array(z.object({ name: z.string(), kind: z.string(), error: told })),
  problems: z.array(z.object({ file: z.string(), message: z.string() })),
  digest: z
    .object({ settings: z.string(), bus: z.string(), topology: hashes, modules: hashes, runtime: z.string() })
    .exactOptional(),
  host: z
    .string()
    .regex(/^n[0-9a-f]{12}$/)
    .exactOptional(),
  incarnation: z
    .int()
    .min(1)
    .max(2 ** 28)
    .exactOptional(),
  left: z.object({ adopted: z.array(z.string()), ended: z.array(z.string()) }).exactOptional(),
  error: told.exactOptional(),
})

/** The state that a value is, or the path of the first thing that is wrong with it. */
export function nodeStateIn(value: unknown): { readonly state: NodeState } | { readonly wrong: string } {
  const result = NODE_STATE.safeParse(value)
  if (result.success) return { state: result.data }
  return { wrong: result.error.issues[0]?.path.join(".") || "object" }
}
