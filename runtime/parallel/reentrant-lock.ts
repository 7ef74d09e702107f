// ReentrantLock — a lock that its holder may acquire again, and releases as often (promise P1), after Python's threading.RLock.
// Its owner is the party that opened it: the thread, or the name it gave as `as`. Only the owner releases it.

import { Lock } from "./lock.js"

export class ReentrantLock extends Lock {}
