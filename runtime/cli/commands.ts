// The commands there are, in the order of the help. Only the one that is called is loaded.

import type { CommandModule, Completes } from "./command.js"

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  /** Its arguments, as the list of commands shows them. @default none */
  readonly takes?: string
  /** What completion offers for each argument, in their order. @default nothing */
  readonly completes?: readonly Completes[]
  /** @default "listed" */
  readonly help?: "listed" | "hidden"
  load(): Promise<CommandModule>
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: "up", summary: "start the bus and the node, and wait until they are ready", load: () => import("./up.js") },
  { name: "down", summary: "stop the node and the bus, and leave nothing", load: () => import("./down.js") },
  { name: "doctor", summary: "check this machine and say how to mend what is amiss", load: () => import("./doctor.js") },
  { name: "env", summary: "print NATS_URL and the like, for any NATS client", load: () => import("./env.js") },
  { name: "ps", summary: "list the actors", load: () => import("./ps.js") },
  { name: "tree", summary: "show who supervises whom", load: () => import("./tree.js") },
  {
    name: "describe",
    takes: "[KIND]",
    summary: "show the kinds there are, and their handlers",
    completes: ["kind"],
    load: () => import("./describe.js"),
  },
  { name: "spawn", takes: "KIND", summary: "start an actor", completes: ["kind"], load: () => import("./spawn.js") },
  {
    name: "ask",
    takes: "NAME HANDLER [JSON]",
    summary: "ask an actor and print its answer",
    completes: ["name", "handler"],
    load: () => import("./ask.js"),
  },
  {
    name: "tell",
    takes: "NAME HANDLER [JSON]",
    summary: "tell an actor something, without an answer",
    completes: ["name", "handler"],
    load: () => import("./tell.js"),
  },
  {
    name: "stop",
    takes: "NAME",
    summary: "let an actor finish its message, then end it",
    completes: ["name"],
    load: () => import("./stop.js"),
  },
  {
    name: "drain",
    takes: "NAME",
    summary: "let an actor finish all its messages, then end it",
    completes: ["name"],
    load: () => import("./drain.js"),
  },
  { name: "kill", takes: "NAME", summary: "end an actor at once", completes: ["name"], load: () => import("./kill.js") },
  {
    name: "restart",
    takes: "NAME",
    summary: "end an actor and start it afresh",
    completes: ["name"],
    load: () => import("./restart.js"),
  },
  {
    name: "why",
    takes: "NAME",
    summary: "tell the history of an actor's deaths, and whether it ended in order",
    completes: ["name"],
    load: () => import("./why.js"),
  },
  { name: "events", takes: "[TOPIC]", summary: "print events as they happen", load: () => import("./events.js") },
  { name: "stats", summary: "print the node's counters", load: () => import("./stats.js") },
  {
    name: "compare",
    summary: "measure what sharing memory costs against sending messages, here",
    load: () => import("./compare.js"),
  },
  {
    name: "run",
    takes: "EXAMPLE",
    summary: "run a worked example and compare it with the sequential version",
    completes: ["example"],
    load: () => import("./run.js"),
  },
  {
    name: "completion",
    takes: "bash|zsh",
    summary: "print the completion script of a shell",
    completes: ["shell"],
    load: () => import("./completion.js"),
  },
  { name: "__complete", summary: "words for shell completion", help: "hidden", load: () => import("./complete.js") },
]
