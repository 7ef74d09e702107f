// Standing — what of a project runs right now: its node, its bus, and what pm2 has of them. And what to do about it.

import { busStateOf } from "../bus/bus-state.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { type BootChange, type BootDigest, changesBetween } from "../system/boot-digest.js"
import { isNodeAlive, type NodeState, readNodeState } from "../system/node-state.js"
import { residentsIn } from "../system/residents.js"

export interface Standing {
  /** The node, if its process lives. */
  readonly node: NodeState | undefined
  /** Whether the project's own server lets us in; an external one is not looked at. */
  readonly bus: "running" | "absent"
  /** The entries of both in pm2's list, running or not. */
  readonly apps: { readonly bus: readonly Pm2Process[]; readonly node: readonly Pm2Process[] }
}

export interface Plan {
  readonly bus: "keep" | "start" | "none"
  readonly node: "keep" | "await" | "start"
  /** Why a running node is started again; none when it is not. */
  readonly changes: readonly BootChange[]
}

/** Looks at what runs for a state directory. */
export async function standingOf(stateDir: string, listed: readonly Pm2Process[]): Promise<Standing> {
  const [node, bus] = await Promise.all([readNodeState(stateDir), busStateOf(stateDir)])
  return {
    node: isNodeAlive(node) ? node : undefined,
    bus: bus.type === "running" ? "running" : "absent",
    apps: residentsIn(listed, stateDir),
  }
}

/** Pure: what has to be started, and what may stay as it is. */
export function planOf({ node, bus, apps }: Standing, wanted: { digest: BootDigest; ownServer: boolean }): Plan {
  const changes = node?.digest === undefined ? [] : changesBetween(node.digest, wanted.digest)
  const isLooked = (list: readonly Pm2Process[]): boolean => list.length === 1 && list[0]?.status === "online"
  const busKept = bus === "running" && isLooked(apps.bus) && !changes.some(({ part }) => part === "bus")
  const nodeKept = node !== undefined && node.status !== "failed" && apps.node.length === 1 && apps.node[0]?.pid === node.pid
  return {
    bus: !wanted.ownServer ? "none" : busKept ? "keep" : "start",
    node: !nodeKept || changes.length > 0 ? "start" : node.status === "ready" ? "keep" : "await",
    changes: nodeKept ? changes : [],
  }
}
