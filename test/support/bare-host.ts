// A host on the bus with nothing in it, to tell other hosts what only hosts tell each other.

import { randomBytes } from "node:crypto"
import { type ActorSystem, codeOf } from "../../runtime/index.js"
import { connectBus, hostId, HostRuntime, joinBus } from "../../runtime/internal.js"

export interface BareHost {
  readonly id: string
  /** Asks a host itself; gives the answer, or rejects with the error. */
  ask(host: string, request: string, input: unknown): Promise<unknown>
  /** Tells a host itself. */
  tell(host: string, request: string, input: unknown): void
  /** The names of the requests that a host serves. */
  requestsOf(host: string): Promise<string[]>
  close(): Promise<void>
}

/** Joins the bus of a system, under its prefix. */
export async function joinBareHost(system: ActorSystem): Promise<BareHost> {
  const { busAddress, prefix } = system
  if (busAddress === undefined) throw new Error("that system has no bus")
  const connection = await connectBus({ ...busAddress, echo: "off" })
  const unused = (): never => {
    throw new Error("a bare host has nothing of that")
  }
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const inherited = { prefix } as HostRuntime["settings"]["inherited"]
  const settings = {
    host: hostId(`x${randomBytes(6).toString("hex")}`),
    incarnation: 1,
    owner: undefined,
    ledger: undefined,
    placement: "inline" as const,
    askTimeoutMs: 20_000,
    strictMessages: false,
    inherited,
  }
  const above = new Proxy(
    {},
    { get: (_, name) => (name === "logOf" ? () => silent : name === "deadLetter" ? () => undefined : unused) },
  )
  const runtime = new HostRuntime(settings, () => above as ReturnType<ConstructorParameters<typeof HostRuntime>[1]>)
  joinBus(runtime, { connection, prefix, holder: "a bare host" })
  await connection.flush()
  const ask = (host: string, request: string, input: unknown): Promise<unknown> =>
    runtime.askHost(hostId(host), request, { input })
  return {
    id: runtime.host,
    ask,
    tell: (host, request, input) => runtime.tellHost(hostId(host), request, input),
    requestsOf: async (host) => {
      const error: unknown = await ask(host, "no-such-request", undefined).catch((reason: unknown) => reason)
      if (codeOf(error) !== "ERR_NO_HANDLER") throw new Error("it did not say what it serves", { cause: error })
      return (error as { data: { handlers: string[] } }).data.handlers
    },
    close: async () => {
      runtime.router.close(new Error("the bare host is closed"))
      await connection.drain()
    },
  }
}
