// The worked examples there are, by name; each is loaded when it is run. This module is what `troupe run` sees of actors/examples.

import type { Example } from "./harness/example.js"

export { runExample } from "./run-example.js"

export interface ExampleEntry {
  readonly name: string
  /** One sentence. */
  readonly summary: string
  load(): Promise<Example>
}

export const EXAMPLES: readonly ExampleEntry[] = [
  {
    name: "ray-trace",
    summary: "Task parallelism: a scene of mirroring spheres, ray by ray, written as PNG",
    load: async () => (await import("./ray-trace.js")).rayTrace,
  },
  {
    name: "merge-sort",
    summary: "Divide and conquer: merge sort with a sequential cut-off and merges that are cut into pieces",
    load: async () => (await import("./merge-sort.js")).mergeSorting,
  },
  {
    name: "fft",
    summary: "Divide and conquer: the radix-2 fast Fourier transform, checked by Parseval's theorem",
    load: async () => (await import("./fft.js")).fft,
  },
  {
    name: "heat",
    summary: "Geometric decomposition: heat in a rod, with halos exchanged by shared memory or by messages",
    load: async () => (await import("./heat.js")).heat,
  },
  {
    name: "matmul",
    summary: "Geometric decomposition: blocked matrix multiplication by bands of rows",
    load: async () => (await import("./matmul.js")).matmul,
  },
  {
    name: "reduction",
    summary: "Recursive data: a sum up a tree of workers",
    load: async () => (await import("./reduction.js")).reduction,
  },
  {
    name: "prefix-scan",
    summary: "Recursive data: running sums, although each depends on all before it",
    load: async () => (await import("./prefix-scan.js")).prefixScan,
  },
  {
    name: "molecules",
    summary: "Task parallelism with dependencies: Lennard-Jones molecules, the drift of their energy checked",
    load: async () => (await import("./molecules.js")).molecules,
  },
  {
    name: "queue-network",
    summary: "Event-based coordination: a network of queues whose sectors interact by events",
    load: async () => (await import("./queue-network.js")).queueNetwork,
  },
  {
    name: "countdown",
    summary: "Threads, first lesson: several counters count down at the same time",
    load: async () => (await import("./countdown.js")).countdown,
  },
  {
    name: "best-solution",
    summary: "Something shared without a lock: the best solution in a listing, or in a folder of them",
    load: async () => (await import("./best-solution.js")).bestSolution,
  },
  {
    name: "reflections-queue",
    summary: "A queue of work: a reflection list is read and merged by several workers",
    load: async () => (await import("./reflections-queue.js")).reflectionsQueue,
  },
  {
    name: "join",
    summary: "To wait for the end of what was started, or not",
    load: async () => (await import("./join.js")).join,
  },
  {
    name: "daemon",
    summary: "An actor in the background that nobody waits for",
    load: async () => (await import("./daemon.js")).daemon,
  },
  {
    name: "kill",
    summary: "To end what never ends by itself, and how long that takes",
    load: async () => (await import("./kill.js")).kill,
  },
  {
    name: "account-manager",
    summary: "A reentrant lock, and the deadlock that a plain one makes",
    load: async () => (await import("./accounts.js")).accountManager,
  },
  {
    name: "reflections",
    summary: "A queue and three daemon workers: reflection lists are sorted, file by file",
    load: async () => (await import("./sort-reflections.js")).reflections,
  },
  {
    name: "pipe",
    summary: "A producer and a consumer, and a pipe between them",
    load: async () => (await import("./pipe.js")).pipe,
  },
  {
    name: "images",
    summary: "Pipeline: a folder of images through decode, resize, filter and encode",
    load: async () => (await import("./images.js")).images,
  },
  {
    name: "command-pipeline",
    summary: "Pipeline: programs one after the other, as in ls -1 | grep | sort",
    load: async () => (await import("./command-pipeline.js")).commandPipeline,
  },
  {
    name: "command-pool",
    summary: "A pool that runs an external program for each file, and renames its output",
    load: async () => (await import("./command-pool.js")).commandPool,
  },
]
