// What the command line asks of actors/examples. The product imports no actors, so it knows them by these shapes alone; a unit test
// holds the two together.

import { fileURLToPath } from "node:url"
import type { ActorSystem } from "../system/actor-system.js"
import type { Placement } from "../actor/surroundings.js"

export interface ExampleWanted {
  readonly size?: number | undefined
  readonly input?: string | undefined
  readonly output?: string | undefined
  readonly exchange?: "shared" | "messages" | undefined
  readonly schedule?: "static" | "dynamic" | undefined
  readonly placement?: Placement | undefined
  readonly workers?: number | undefined
  readonly rounds?: number | undefined
}

export interface ExampleAround {
  /** Called once, when the request and its input are known to be sound. */
  start(): Promise<ActorSystem>
  readonly signal: AbortSignal
  readonly onProgress: (phase: "preparing" | "warming up" | "sequential" | "parallel", fraction: number) => void
}

type Figures = Readonly<Record<string, number | string>>

export interface ExampleReport {
  readonly example: string
  readonly pattern: string
  readonly placement: Placement
  readonly workers: number
  readonly cores: number
  readonly options: Figures
  readonly rounds: number
  readonly warmUpMs: number
  readonly sequentialMs: number
  readonly parallelMs: number
  readonly startMs: number
  readonly processor: { readonly sequentialMs: number; readonly parallelMs: number }
  readonly speedUp: number
  readonly efficiency: number
  readonly checks: readonly { readonly what: string; readonly error: number; readonly within: number; readonly holds: boolean }[]
  readonly figures: Figures
  readonly wrote: readonly string[]
}

/** `X` is what an example is, which is the examples' own business. */
export interface ExampleDoor<X extends Explained = Explained> {
  readonly EXAMPLES: readonly { readonly name: string; readonly summary: string; load(): Promise<X> }[]
  runExample(name: string, example: X, how: { wanted: ExampleWanted; around: ExampleAround }): Promise<ExampleReport>
}

/** What an example can be asked for. */
export interface ExampleAbilities {
  readonly takes: readonly string[]
  readonly size?: {
    readonly of: string
    readonly usual: number
    readonly least: number
    readonly most: number
    readonly powerOfTwo?: boolean
  }
  /** A path from the directory of troupe: what it can be tried on. */
  readonly sampleInput?: string
}

export interface Explained extends ExampleAbilities {
  readonly explanation: { readonly pattern: string; readonly consider: readonly string[]; readonly mapping: string }
}

const REGISTRY = new URL("../../actors/examples/registry.js", import.meta.url)

export async function openExamples(): Promise<ExampleDoor> {
  return (await import(fileURLToPath(REGISTRY))) as ExampleDoor
}
