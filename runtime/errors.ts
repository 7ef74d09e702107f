// Every error a caller can tell apart: one class and one stable code each, its data as fields.
// Compare codes, not classes: an error that came from another thread or process is a copy.
// docs/errors.md has a section for each code; a test checks that, and that every class is named here.

export { codeOf, shown, TroupeError } from "./errors/troupe-error.js"
export { BadOptionError, BadNameError, BadConfigError } from "./errors/input-errors.js"
export {
  NoActorError,
  NotDeliveredError,
  StoppingError,
  MailboxFullError,
  NoHandlerError,
  BadMessageError,
  DiedBeforeStartError,
  DiedWhileHandlingError,
  TimedOutError,
  CancelledError,
  HostLostError,
  TooLargeError,
  UnencodableError,
  UndecodableError,
} from "./errors/message-errors.js"
export {
  NameTakenError,
  NoKindError,
  ActorModuleError,
  StartFailedError,
  StartTimedOutError,
  JoinTimedOutError,
  ChildFailedError,
  NoChildError,
  NotKillableError,
  ShutDownError,
  UnavailableError,
} from "./errors/life-errors.js"
export {
  NoNatsServerError,
  BusUnreachableError,
  BusRefusedError,
  BusTooOldError,
  BusFailedError,
  StateDirError,
  NodeUnreachableError,
  NodeFailedError,
  Pm2Error,
} from "./errors/bus-errors.js"
export {
  NotHeldError,
  TooManyReleasesError,
  WaitTimedOutError,
  BrokenBarrierError,
  QueueFullError,
  QueueEmptyError,
  ClosedError,
  PoisonedError,
  OtherTypeError,
  MayNotBlockError,
  NoRoomError,
} from "./errors/parallel-errors.js"
export type { Standing, WaitReport } from "./errors/parallel-errors.js"
export { EventsMissingError } from "./errors/event-errors.js"
export { OutputLostError, RemoteError, UsageError } from "./errors/command-errors.js"
export {
  TaskFailedError,
  TaskTimedOutError,
  WorkerDiedError,
  BadTaskError,
  PoolClosedError,
  GraphFailedError,
  StageFailedError,
} from "./errors/pool-errors.js"
export {
  CommandNotStartedError,
  CommandFailedError,
  CommandTimedOutError,
  CommandOutputError,
} from "./errors/subprocess-errors.js"
