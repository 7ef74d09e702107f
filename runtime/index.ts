// The public door: everything a program or an actor may import.

export { Actor } from "./actor/actor.js"
export { AnswerError } from "./actor/answer-error.js"
export { actor, handler } from "./actor/definition.js"
export { functionActor } from "./actor/function-actor.js"
export { ActorRef } from "./actor/actor-ref.js"
export { codeOf, TroupeError } from "./errors.js"
export { supervisorSpec } from "./supervision/child-spec.js"
export { Supervisor } from "./supervision/supervisor.js"

export type { ActorContext, TopicEvent } from "./actor/actor-context.js"
export type { Clients } from "./actor/actor-ref.js"
export type { AskOptions } from "./actor/asks.js"
export type { BooksView } from "./actor/books.js"
export type { AskClient, TellClient } from "./actor/clients.js"
export type { ActorClass, ActorOptions, Exits, HandlerOptions } from "./actor/definition.js"
export type { DeadLetter } from "./actor/delivery.js"
export type { ExitReason } from "./actor/exit-reason.js"
export type { FunctionActor } from "./actor/function-actor.js"
export type { Behaviour } from "./actor/life.js"
export type { IntensityOptions } from "./actor/intensity-options.js"
export type { MailboxOptions, OverflowPolicy } from "./actor/mailbox-options.js"
export type { OnUnresponsive, Restart, Shutdown, SpawnOptions } from "./actor/spawn-options.js"
export type { Status } from "./actor/status.js"
export type { ActorLog, Placement } from "./actor/surroundings.js"
export type { Schedule } from "./actor/timers.js"
export type { AutoShutdown, ChildInput, ChildSpec, Strategy, SupervisorInput, SupervisorSpec } from "./supervision/child-spec.js"
export type { ChildId, ChildRow, DynamicChild } from "./supervision/supervisor.js"
export type { BackoffOptions } from "./time/backoff.js"
export type { ActorId, ActorName, HostId, Millis, Prefix } from "./ids.js"
export { ActorSystem } from "./system/actor-system.js"
export { ARGS } from "./system/injection.js"
export type { RegisterProviders } from "./system/injection.js"
export type { SystemOptions } from "./system/actor-system.js"
export type { Ending, Rung } from "./supervision/death-ladder.js"

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
  sharedToolkit,
} from "./parallel/shared-memory/open.js"
export { threadEnded } from "./parallel/shared-memory/recovery.js"
export type { LockOptions } from "./parallel/lock.js"
export type { PipeOptions, Side } from "./parallel/pipe.js"
export type { OpenOptions } from "./parallel/plans.js"
export type { PutOptions, QueueOptions } from "./parallel/queue.js"
export type { Element, Numbers, NumbersType } from "./parallel/shared-array.js"
export type { AtomicType } from "./parallel/shared-value.js"
export type { BlockOptions, WaitOptions } from "./parallel/wait-options.js"
export type { Standing, WaitReport } from "./errors.js"
export { openToolkit } from "./toolkit/open-toolkit.js"
export { ToolkitKeeper } from "./toolkit/toolkit-keeper.js"
