// account-manager — methods that take the lock and call each other: well with a reentrant lock, and a deadlock with a plain one.
//
//   npx troupe run account-manager

import { codeOf, task } from "../../runtime/index.js"
import type { Lock, SharedArray } from "../../runtime/toolkit.js"
import type { Example } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { type Memory, toolkitOf } from "./harness/shared-floats.js"

interface Payment {
  readonly from: number
  readonly to: number
  readonly amount: number
}

interface Result {
  readonly balances: readonly number[]
  /** What the plain lock said. */
  readonly deadlock: { readonly code: unknown; readonly message: string }
}

const ACCOUNTS = 10
const OPENING = 1000
const BATCH = 100
/** How long the broken version waits until it says what is wrong. */
const PATIENCE_MS = 200

export class AccountManager {
  readonly #lock: Lock
  readonly #balances: SharedArray<Float64ArrayConstructor>

  constructor(lock: Lock, balances: SharedArray<Float64ArrayConstructor>) {
    this.#lock = lock
    this.#balances = balances
  }

  async add(account: number, amount: number, timeoutMs = Infinity): Promise<void> {
    await using lease = await this.#lock.acquire(timeoutMs === Infinity ? {} : { timeoutMs })
    const { view } = this.#balances
    if (lease.held) view[account] = (view[account] ?? 0) + amount
  }

  /** Takes the lock, and calls what takes it again. */
  async pay({ from, to, amount }: Payment, timeoutMs = Infinity): Promise<void> {
    await using lease = await this.#lock.acquire()
    if (!lease.held) return
    await this.add(from, -amount, timeoutMs)
    await this.add(to, amount, timeoutMs)
  }
}

/** A task: some payments. Whoever makes them is told apart by its name, as tasks may share a thread. */
export const payAll = task(import.meta.url, async (memory: Memory, as: string, payments: readonly Payment[]) => {
  const lock = await (await toolkitOf(memory)).reentrantLock(`${memory.name}-lock`, { as })
  const manager = new AccountManager(lock, await balancesOf(memory))
  for (const payment of payments) await manager.pay(payment)
})

/** A task: the same with a lock that is not reentrant. Throws what the lock says. */
export const payBroken = task(import.meta.url, async (memory: Memory, payment: Payment) => {
  const lock = await (await toolkitOf(memory)).lock(`${memory.name}-broken`)
  const manager = new AccountManager(lock, await balancesOf(memory))
  await manager.pay(payment, PATIENCE_MS)
})

async function balancesOf(memory: Memory): Promise<SharedArray<Float64ArrayConstructor>> {
  return (await toolkitOf(memory)).sharedArray(`${memory.name}-balances`, Float64Array, { length: ACCOUNTS })
}

export const accountManager: Example<readonly Payment[], Result> = {
  explanation: {
    pattern: "task parallelism with something shared",
    consider: [
      "reentrant lock: its owner may take it again, so a method that holds it may call another that takes it",
      "plain lock: the second take waits for the first, which waits for it; a time limit makes that an error that names the circle",
      "the other way: an actor that owns the accounts needs no lock at all, as it handles one message at a time",
    ],
    mapping: `payments in batches of ${String(BATCH)}, a task each, all on the same shared array`,
  },
  takes: ["size"],
  size: { of: "payments", usual: 20_000, least: 1, most: 10_000_000 },

  prepare({ size }) {
    const random = randomFrom(7)
    const some = (limit: number): number => Math.floor(random() * limit)
    return Array.from({ length: size }, () => ({ from: some(ACCOUNTS), to: some(ACCOUNTS), amount: 1 + some(100) }))
  },

  sequential(payments) {
    const balances = new Array<number>(ACCOUNTS).fill(OPENING)
    for (const { from, to, amount } of payments) {
      balances[from] = (balances[from] ?? 0) - amount
      balances[to] = (balances[to] ?? 0) + amount
    }
    return Promise.resolve({ balances, deadlock: { code: "ERR_WAIT_TIMED_OUT", message: "" } })
  },

  async parallel(payments, run) {
    const { memory, pace } = run
    const { signal } = pace
    const balances = await balancesOf(memory)
    balances.view.fill(OPENING)
    const pool = await run.pool()
    const batches = Array.from({ length: Math.ceil(payments.length / BATCH) }, (_, i) =>
      payments.slice(i * BATCH, (i + 1) * BATCH),
    )
    await pool.starmap(payAll, batches.map((batch, i) => [memory, `payer-${String(i)}`, batch] as const), { signal }) // prettier-ignore
    const broken = await pool.starmapSettled(payBroken, payments.slice(0, 1).map((payment) => [memory, payment] as const), { signal }) // prettier-ignore
    return { balances: [...(await balances.snapshot())], deadlock: whatWasSaid(broken) }
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "accounts whose balance is not the sequential version's",
      error: parallel.balances.filter((balance, at) => balance !== sequential.balances[at]).length,
      within: 0,
    },
    {
      what: "deadlocks of the plain lock that were not told as such",
      error: Number(parallel.deadlock.code !== sequential.deadlock.code || !parallel.deadlock.message.includes("deadlock")),
      within: 0,
    },
  ],

  figures: (_, { deadlock }) => ({ "with a plain lock": `${String(deadlock.code)}: ${deadlock.message}` }),
}

function whatWasSaid([broken]: readonly PromiseSettledResult<unknown>[]): Result["deadlock"] {
  const failed: unknown = broken?.status === "rejected" ? broken.reason : undefined
  const cause: unknown = failed instanceof Error ? failed.cause : undefined
  return { code: codeOf(cause), message: cause instanceof Error ? cause.message : "nothing" }
}
