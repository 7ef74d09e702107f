// The schema of an accepted configuration. Defaults live in defaults.ts, what holds between fields in cross-check.ts.
// A test holds each docstring against the field's description, and each @default against the defaults.

import { z } from "zod"
import { NAME_PATTERN } from "../runtime/ids.js"
import { parseBusUrl } from "./bus-url.js"
import { A_PATH, FIELD_WORDS } from "./field-words.js"
import type { FieldWords } from "./field-words.js"
import { isJson } from "./json-value.js"
import type { JsonValue } from "./json-value.js"

/** The longest time a timer of Node.js can wait; above it, it fires at once. */
const LONGEST_MS = 2 ** 31 - 1
const LARGEST_PAYLOAD_BYTES = 64 * 1024 * 1024

function said<S extends z.ZodType>(schema: S, words: FieldWords): S {
  FIELD_WORDS.add(schema, words)
  return schema
}

const ms = (least: number, description: string): z.ZodInt => said(z.int().min(least).max(LONGEST_MS), { description, unit: "ms" })
const path = (description: string): z.ZodString => said(z.string().regex(/^[^\0]+$/), { description, expected: A_PATH })
const text = (description: string): z.ZodString => said(z.string().min(1), { description, expected: "text, not empty" })
const secret = (description: string): z.ZodString =>
  said(z.string().min(1), { description, expected: "text, not empty", value: "hidden" })
const name = (description: string): z.ZodString =>
  said(z.string().regex(NAME_PATTERN), {
    description,
    expected: 'a name (a letter, then letters, digits, "_" or "-"; 64 at most)',
  })
const words = <const W extends readonly string[]>(options: W, description: string): z.ZodEnum<z.util.ToEnum<W[number]>> =>
  said(z.enum(options), { description })

const capacity = said(z.int().min(1), { description: "How many user messages a mailbox holds.", unit: "messages" })
const overflow = words(["reject", "wait", "drop-oldest", "drop-newest"], "What a full mailbox does with one more message.")

const tls = z.strictObject({
  /** The certificate authority that signed the server's certificate. @default none: those that Node.js trusts */
  caFile: path("The certificate authority that signed the server's certificate.").exactOptional(),
  /** The certificate this side shows; goes with `bus.tls.keyFile`. @default none */
  certFile: path("The certificate this side shows; goes with `bus.tls.keyFile`.").exactOptional(),
  /** The private key of `bus.tls.certFile`. @default none */
  keyFile: path("The private key of `bus.tls.certFile`.").exactOptional(),
})

const bus = z.strictObject({
  /** A server that runs already, `nats://…` or `tls://…`; without it, troupe starts its own. @default none */
  url: said(
    z.string().refine((value) => parseBusUrl(value) !== undefined),
    {
      description: "A server that runs already, `nats://…` or `tls://…`; without it, troupe starts its own.",
      expected: "a URL nats://host:port or tls://host:port",
      value: "hidden",
    },
  ).exactOptional(),
  /** The port of the server that troupe starts; 0 takes any free one. @default 0 */
  port: said(z.int().min(0).max(65_535), { description: "The port of the server that troupe starts; 0 takes any free one." }),
  /** The user to sign in as at `bus.url`. @default none */
  user: text("The user to sign in as at `bus.url`.").exactOptional(),
  /** The password of `bus.user`. @default none */
  password: secret("The password of `bus.user`.").exactOptional(),
  /** The token to sign in with at `bus.url`. @default none */
  token: secret("The token to sign in with at `bus.url`.").exactOptional(),
  /** The credentials file (JWT and seed) to sign in with at `bus.url`. @default none */
  credsFile: path("The credentials file (JWT and seed) to sign in with at `bus.url`.").exactOptional(),
  /** The file with the nkey seed to sign in with at `bus.url`. @default none */
  nkeyFile: path("The file with the nkey seed to sign in with at `bus.url`.").exactOptional(),
  /** How to trust the server at `bus.url`, and be trusted by it. @default none */
  tls: tls.exactOptional(),
  /** The largest message the bus carries. Unit: bytes. @default 1048576 */
  maxPayloadBytes: said(z.int().min(1024).max(LARGEST_PAYLOAD_BYTES), {
    description: "The largest message the bus carries.",
    unit: "bytes",
  }),
  /** The nats-server program to start; without it, one is looked for and at last fetched. @default none */
  serverBin: path("The nats-server program to start; without it, one is looked for and at last fetched.").exactOptional(),
})

const restart = z.strictObject({
  /** How many restarts of one actor are allowed within `node.restart.withinMs`; after one more it is given up. @default 3 */
  maxRestarts: said(z.int().min(0), {
    description: "How many restarts of one actor are allowed within `node.restart.withinMs`; after one more it is given up.",
  }),
  /** The period in which restarts are counted. Unit: ms. @default 5000 */
  withinMs: ms(1, "The period in which restarts are counted."),
})

const node = z.strictObject({
  /** The name of this node, in pm2's list and in logs. @default "node" */
  name: name("The name of this node, in pm2's list and in logs."),
  /** How long an actor may take until it is ready. Unit: ms. @default 10000 */
  startTimeoutMs: ms(1, "How long an actor may take until it is ready."),
  /** How many restarts of the boot actors are too many. @default { maxRestarts: 3, withinMs: 5000 } */
  restart,
  /** The compiled module that registers what is injected into actors; every host loads it first. @default none */
  providers: path("The compiled module that registers what is injected into actors; every host loads it first.").exactOptional(),
  /** The folder of compiled actors, searched for kinds. @default "dist/actors" */
  actorsDir: path("The folder of compiled actors, searched for kinds."),
})

const mailbox = z.strictObject({
  /** How many user messages a mailbox holds. Unit: messages. @default 1000 */
  capacity,
  /** What a full mailbox does with one more message. @default "reject" */
  overflow,
})

/** One actor that the node starts at boot. */
export const bootActorSchema = z.strictObject({
  /** The kind of actor, as its class declares it. */
  kind: name("The kind of actor, as its class declares it."),
  /** The name it is asked by; unique in the topology. */
  name: name("The name it is asked by; unique in the topology."),
  /** Where it runs: on the node's event loop, in a thread, or in a process of its own. @default "inline" */
  placement: words(
    ["inline", "thread", "process"],
    "Where it runs: on the node's event loop, in a thread, or in a process of its own.",
  ).default("inline"),
  /** What its constructor is given; any JSON. @default none */
  args: said(z.custom<JsonValue>(isJson), {
    description: "What its constructor is given; any JSON.",
    expected: "JSON",
    value: "hidden",
  }).exactOptional(),
  /** When it is started again: always, only after a failure, or never. @default "permanent" */
  restart: words(
    ["permanent", "transient", "temporary"],
    "When it is started again: always, only after a failure, or never.",
  ).default("permanent"),
  /** How much its heap may hold; threads and processes only. Unit: MiB. @default none */
  memoryMb: said(z.int().min(32), {
    description: "How much its heap may hold; threads and processes only.",
    unit: "MiB",
  }).exactOptional(),
  /** How long its event loop may give no sign of life; threads and processes only. Unit: ms. @default none */
  unresponsiveMs: ms(200, "How long its event loop may give no sign of life; threads and processes only.").exactOptional(),
  /** What follows when its event loop does not respond; threads and processes only. @default none */
  onUnresponsive: words(
    ["report", "restart", "kill"],
    "What follows when its event loop does not respond; threads and processes only.",
  ).exactOptional(),
  /** Its own mailbox settings; what is left out comes from `mailbox`. @default none */
  mailbox: z.strictObject({ capacity: capacity.exactOptional(), overflow: overflow.exactOptional() }).exactOptional(),
})

export const configSchema = z.strictObject({
  /** The first token of every subject on the bus. @default "troupe" */
  prefix: name("The first token of every subject on the bus."),
  /** The folder for everything troupe keeps between runs: secrets, logs, the fetched server. @default ".troupe" */
  stateDir: path("The folder for everything troupe keeps between runs: secrets, logs, the fetched server."),
  /** The nats-server that joins the processes. */
  bus,
  /** The node: the process that starts and supervises the boot actors. */
  node,
  /** The mailbox of every actor that does not say otherwise. */
  mailbox,
  /** What holds for every ask that does not say otherwise. */
  ask: z.strictObject({
    /** How long an ask waits for its answer. Unit: ms. @default 5000 */
    timeoutMs: ms(1, "How long an ask waits for its answer."),
  }),
  /** How long each rung of the death ladder may take (promise A4). */
  shutdown: z.strictObject({
    /** How long an actor may take to finish the messages it has accepted. Unit: ms. @default 5000 */
    drainMs: ms(0, "How long an actor may take to finish the messages it has accepted."),
    /** How long it may then take to finish its handler and `onStop`. Unit: ms. @default 5000 */
    stopMs: ms(0, "How long it may then take to finish its handler and `onStop`."),
    /** How long it may take to heed its abort signal. Unit: ms. @default 1000 */
    cancelMs: ms(0, "How long it may take to heed its abort signal."),
    /** How long its host may take to end before it is ended by SIGKILL. Unit: ms. @default 2000 */
    killMs: ms(0, "How long its host may take to end before it is ended by SIGKILL."),
  }),
  /** What the log shows. */
  log: z.strictObject({
    /** The least severe entry that is logged. @default "info" */
    level: words(["debug", "info", "warn", "error", "silent"], "The least severe entry that is logged."),
    /** Lines for people, or one JSON object per line. @default "text" */
    format: words(["text", "json"], "Lines for people, or one JSON object per line."),
  }),
  /** Whether messages between inline actors pass through the codec too, so that placement never changes a result. @default true under test (NODE_ENV=test or VITEST), else false */
  strictMessages: said(z.boolean(), {
    description: "Whether messages between inline actors pass through the codec too, so that placement never changes a result.",
  }),
  /** The actors that the node starts at boot, in this order. @default the list in config/topology.ts */
  topology: said(z.array(bootActorSchema), { description: "The actors that the node starts at boot, in this order." }),
})

/** A configuration that was accepted: every default filled in, every path absolute. */
export type Config = z.output<typeof configSchema>
/** One boot actor, its defaults filled in. */
export type BootActor = z.output<typeof bootActorSchema>
/** One boot actor as it is written in a topology. */
export type TopologyEntry = z.input<typeof bootActorSchema>

type Overrides<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Overrides<T[K]> | undefined }
    : T

/** Any part of a configuration; what is undefined counts as left out. */
export type ConfigOverrides = Overrides<Omit<Config, "topology">> & { readonly topology?: readonly TopologyEntry[] | undefined }
