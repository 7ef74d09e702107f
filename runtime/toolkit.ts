// The second public door: the parallel toolkit. Apart from the first, for every thread loads that one, and few need this.

export { Barrier } from "./parallel/barrier.js"
export { BoundedSemaphore } from "./parallel/bounded-semaphore.js"
export { Condition } from "./parallel/condition.js"
export { Event } from "./parallel/event.js"
export { Lease, LockLease } from "./parallel/lease.js"
export { Lock } from "./parallel/lock.js"
export { Pipe, PipeEnd } from "./parallel/pipe.js"
export { Queue } from "./parallel/queue.js"
export { ReentrantLock } from "./parallel/reentrant-lock.js"
export { Semaphore } from "./parallel/semaphore.js"
export { SharedArray } from "./parallel/shared-array.js"
export { SharedValue } from "./parallel/shared-value.js"
export { Toolkit } from "./parallel/toolkit.js"
export { shareMemory } from "./parallel/shared-memory/arena.js"
export {
  openBarrier,
  openBoundedSemaphore,
  openEvent,
  openLock,
  openPipe,
  openQueue,
  openReentrantLock,
  openSemaphore,
  openSharedArray,
  openSharedValue,
} from "./parallel/shared-memory/open.js"
export { threadEnded } from "./parallel/shared-memory/recovery.js"
export type { LockOptions } from "./parallel/lock.js"
export type { PipeOptions, Side } from "./parallel/pipe.js"
export type { OpenOptions } from "./parallel/plans.js"
export type { CloseOptions, PutOptions, QueueOptions } from "./parallel/queue.js"
export type { Element, Numbers, NumbersType } from "./parallel/numbers.js"
export type { AtomicType } from "./parallel/shared-value.js"
export type { BlockOptions, WaitOptions } from "./parallel/wait-options.js"
export type { Standing, WaitReport } from "./errors.js"
export { openMachineToolkit } from "./toolkit/open-machine-toolkit.js"
export { sharedToolkit } from "./toolkit/shared-toolkit.js"
export { openToolkit } from "./toolkit/open-toolkit.js"
export { ToolkitKeeper } from "./toolkit/toolkit-keeper.js"
export { HaloExchange } from "./parallel/halo-exchange.js"
export { partition } from "./parallel/partition.js"
export { divideAndConquer } from "./toolkit/divide-and-conquer.js"
export { GraphNode } from "./toolkit/graph-node.js"
export { TaskGraph } from "./toolkit/task-graph.js"
export { prefixScan, treeReduce } from "./toolkit/tree-reduction.js"
export type { Halo } from "./parallel/halo-exchange.js"
export type { Chunk, PartitionOptions } from "./parallel/partition.js"
export type { DivideAndConquer } from "./toolkit/divide-and-conquer.js"
export type { GraphRunOptions } from "./toolkit/graph-run.js"
export type { NodeOptions, NodeOr, NodesOr, ResultsOf } from "./toolkit/task-graph.js"
export type { Combine, PrefixScan, TreeReduction } from "./toolkit/tree-reduction.js"
