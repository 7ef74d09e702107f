// ChildHost — the inside of a thread or a process that runs one actor: the second composition root.
// Owns that actor's life in here and tells its owner of it. Whether it is started again is the owner's business.
// I1  The owner is told exactly once how the start went, and then exactly once of the end of what was ready, before this host goes.

import { threadId } from "node:worker_threads"
import { ActorCell, type LifeListener } from "../actor/actor-cell.js"
import type { Intake } from "../actor/intake.js"
import type { Ledger } from "../actor/ledger.js"
import { isOrderly, type LifeEnd } from "../actor/exit-reason.js"
import type { Placement } from "../actor/surroundings.js"
import { codeOf, UnavailableError } from "../errors.js"
import type { ActorHost } from "../host/actor-host.js"
import type { ChildHostData } from "../host/child-host-data.js"
import { startHeartbeat } from "../host/heartbeat.js"
import { adoptRequest, stopRequest } from "../host/host-report.js"
import type { HostRuntime } from "../host/host-runtime.js"
import type { HostReport } from "../host/remote-actor.js"
import { LongTimer } from "../time/long-timer.js"
import { encodeError } from "../wire/error-codec.js"
import { nothing } from "../wire/shape.js"
import { Assembly, type Beyond } from "./assembly.js"
import { Injection } from "./injection.js"
import { definitionIn } from "./kinds.js"
import type { LogLevel } from "./log.js"
import { serveHostRequests } from "./host-requests.js"
import { OwnerWatch } from "./owner-watch.js"

export interface ChildHostParts {
  readonly data: ChildHostData
  readonly ledger: Ledger
  /** That of a thread. */
  readonly intake?: Intake
  /** The host that a thread asks for names and events; undefined for a process, which has the bus. */
  readonly parent: ChildHostData["host"] | undefined
  /** Resolves when what was sent here by now has come, for what does not come in line with the rest. */
  readonly caughtUp?: () => Promise<void>
  readonly connect: (runtime: HostRuntime) => Beyond
  readonly hosts: (runtime: HostRuntime) => Readonly<Record<Placement, ActorHost>>
  /** Called when all is told; it ends the thread or process. */
  readonly leave: (code: number) => void
}

/** Runs the host's actor until its end. Never rejects. */
export async function runChildHost(parts: ChildHostParts): Promise<void> {
  const { data } = parts
  // pm2 cannot tell exit code 0 from a SIGINT.
  process.on("exit", () => parts.ledger.say("exiting"))
  startHeartbeat(() => parts.ledger.beat(), data.beatMs)
  const injection = await Injection.load(data.inherited.providers).catch((error: unknown) => error)
  const assembly = new Assembly(
    {
      settings: {
        host: data.host,
        incarnation: data.incarnation,
        owner: { host: data.owner, incarnation: data.ownerIncarnation },
        ledger: parts.ledger,
        intake: parts.intake,
        placement: data.placement,
        askTimeoutMs: data.askTimeoutMs,
        strictMessages: data.strictMessages,
        inherited: data.inherited,
      },
      injection: injection as Injection,
      log: { level: data.inherited.logLevel as LogLevel, format: data.inherited.logFormat as "text" | "json" },
      budgets: data.inherited.budgets,
      intensity: data.inherited.intensity,
      parent: parts.parent,
    },
    parts.connect,
    parts.hosts,
  )
  const { runtime } = assembly
  const { host, incarnation } = data
  const tell = (report: HostReport): void => runtime.tellHost(data.owner, "report", report)
  const leave = (code: number): void => {
    runtime.router.flush()
    parts.ledger.say("ended")
    parts.leave(code)
  }
  const fail = (stage: string, error: unknown): void => {
    tell({ type: "start-failed", host, incarnation, stage, error: encodeError(error, { stack: "sent" }) })
    leave(1)
  }
  if (!(injection instanceof Injection)) {
    fail("providers", injection)
    return
  }

  let cell: ActorCell
  const listener: LifeListener = { ended: (life) => void end(life) }
  try {
    const definition = await definitionIn(data.module, data.kind)
    const args = runtime.codec.decode(data.args)
    cell = runtime.addCell(
      { definition, name: data.name, args, mailbox: data.mailbox, root: true },
      (made, around) => new ActorCell(made, around, listener),
    )
  } catch (error) {
    fail("import", error)
    return
  }

  /** Resolves when the owner has been told how the start went. */
  let begun: Promise<void> = Promise.resolve()
  const end = async ({ reason, thrown, lastMessage }: LifeEnd): Promise<void> => {
    await begun
    // Whether it is started again its owner says, who does not know of this end yet.
    cell.dispose(reason, "unknown")
    tell({
      ...{ type: "ended", host, incarnation, reason, lastMessage },
      thrown: thrown === undefined ? undefined : encodeError(thrown, { stack: "sent" }),
    })
    leave(isOrderly(reason) ? 0 : 1)
  }
  serveHostRequests(assembly)
  const { agent } = runtime
  let isReady = false
  const tellReady = (): void => tell({ type: "ready", host, incarnation, pid: process.pid, threadId })
  // Its owner died and is back; what it was told as ready went with the one before it.
  agent.serve("adopt", adoptRequest, (owner) => {
    const status = cell.life?.status
    if (status !== "starting" && status !== "running")
      throw new UnavailableError("the adoption", `the actor is ${status ?? "stopped"}`, "start it anew")
    assembly.log.of(data.name ?? host).info("it has its owner back", { incarnation: owner.incarnation })
    if (isReady) tellReady()
    return process.pid
  })
  agent.serve("stop", stopRequest, ({ reason, next }) => cell.stop(reason, next))
  agent.serve("drain", nothing, async () => {
    await parts.caughtUp?.()
    cell.drain()
    tell({ type: "status", host, incarnation, status: "draining" })
  })
  agent.serve("cancel", nothing, () => cell.cancel())
  // What is thrown outside of any handler is this actor's: nobody else lives in this host.
  const crash = (error: unknown): void => cell.crash(error)
  process.on("uncaughtException", crash)
  process.on("unhandledRejection", crash)

  const begin = async (): Promise<void> => {
    await cell.start()
    isReady = true
    tellReady()
  }
  const beginning = begin()
  begun = beginning.catch(() => undefined)
  try {
    await beginning
  } catch (error) {
    const { cause, data: about } = error as { cause?: unknown; data?: { stage?: string } }
    if (codeOf(error) === "ERR_START_FAILED") fail(about?.stage ?? "onStart", cause ?? error)
    else fail("host", error)
    return
  }
  // A thread dies with its process; a process could outlive everyone who knows of it.
  if (data.placement === "process") {
    new OwnerWatch(runtime, data.owner, () => {
      assembly.log.of(data.name ?? data.host).error("its owner is gone and has not come back: it stops")
      cell.stop({ type: "host-lost", known: "missed-heartbeats" })
      new LongTimer(data.inherited.budgets.stopMs, () => leave(1)).unref()
    })
  }
}
