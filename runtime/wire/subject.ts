// The subjects of the bus, and topics: every subject that is published or subscribed to is made here, and read again here.

import { BadNameError, BadOptionError } from "../errors.js"
import { actorName, hostId, NAME_PATTERN, type ActorName, type HostId, type Prefix, type Subject } from "../ids.js"

declare const TOPIC: unique symbol
/** Where an event is published: tokens `[A-Za-z0-9_-]+` with dots between them, at most 200 characters. */
export type Topic = string & { readonly [TOPIC]: "Topic" }
declare const PATTERN: unique symbol
/** Topics to listen to: a topic in which `*` stands for any one token, and a last `>` for one or more. */
export type TopicPattern = string & { readonly [PATTERN]: "TopicPattern" }
declare const SUBJECT_PATTERN: unique symbol
/** A NATS subject that may hold wildcards. */
export type SubjectPattern = string & { readonly [SUBJECT_PATTERN]: "SubjectPattern" }

const HANDLER = /^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/
const COMMAND = /^[a-z][a-z0-9-]{0,31}$/
const MAX_TOPIC = 200
const TOPIC_FORM = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/
const PATTERN_FORM = /^(?:(?:[A-Za-z0-9_-]+|\*)\.)*(?:[A-Za-z0-9_-]+|\*|>)$/

/** `<prefix>.<actor>.<handler>`: asks and tells. @throws {BadNameError} when the handler's name cannot be a token. */
export function actorSubject(prefix: Prefix, actor: ActorName, handler: string): Subject {
  if (!isHandlerName(handler)) throw new BadNameError("handler name", handler)
  return `${prefix}.${actor}.${handler}` as Subject
}

/** All handlers of one actor. */
export function actorSubjects(prefix: Prefix, actor: ActorName): SubjectPattern {
  return `${prefix}.${actor}.*` as SubjectPattern
}

/** `<prefix>._ctl.<command>`: commands to the node. @throws {BadNameError} when the command cannot be a token. */
export function controlSubject(prefix: Prefix, command: string): Subject {
  if (!COMMAND.test(command)) throw new BadNameError("command", command)
  return `${prefix}._ctl.${command}` as Subject
}

/** All commands. */
export function controlSubjects(prefix: Prefix): SubjectPattern {
  return `${prefix}._ctl.*` as SubjectPattern
}

/** `<prefix>._evt.<topic>`: events. */
export function eventSubject(prefix: Prefix, topic: Topic): Subject {
  return `${prefix}._evt.${topic}` as Subject
}

/** The events of some topics. */
export function eventSubjects(prefix: Prefix, pattern: TopicPattern): SubjectPattern {
  return `${prefix}._evt.${pattern}` as SubjectPattern
}

/** `_<prefix>.host.<host>`: frames for one host. */
export function hostSubject(prefix: Prefix, host: HostId): Subject {
  return `_${prefix}.host.${host}` as Subject
}

/** `_<prefix>.name.<name>`: who has this name. */
export function nameSubject(prefix: Prefix, name: ActorName): Subject {
  return `_${prefix}.name.${name}` as Subject
}

/** What a subject is for. */
export type ParsedSubject =
  | { readonly type: "actor"; readonly actor: ActorName; readonly handler: string }
  | { readonly type: "control"; readonly command: string }
  | { readonly type: "event"; readonly topic: Topic }
  | { readonly type: "host"; readonly host: HostId }
  | { readonly type: "name"; readonly name: ActorName }

/** What a received subject is for, or undefined when it is none of this system's. Never throws. */
export function parseSubject(prefix: Prefix, subject: string): ParsedSubject | undefined {
  const [first, second = "", third = "", ...more] = subject.split(".")
  if (first === prefix && second === "_evt") {
    const topic = subject.slice(prefix.length + "._evt.".length)
    return isTopic(topic) ? { type: "event", topic } : undefined
  }
  if (more.length > 0) return undefined
  if (first === prefix) {
    if (second === "_ctl") return COMMAND.test(third) ? { type: "control", command: third } : undefined
    return NAME_PATTERN.test(second) && isHandlerName(third)
      ? { type: "actor", actor: second as ActorName, handler: third }
      : undefined
  }
  if (first !== `_${prefix}`) return undefined
  try {
    if (second === "host") return { type: "host", host: hostId(third) }
    if (second === "name") return { type: "name", name: actorName(third) }
  } catch {
    return undefined
  }
  return undefined
}

/** Whether a handler of that name can be asked over the bus: `[A-Za-z_$][A-Za-z0-9_$]*`, at most 64 characters. */
function isHandlerName(name: unknown): name is string {
  return typeof name === "string" && HANDLER.test(name)
}

function isTopic(text: unknown): text is Topic {
  return typeof text === "string" && text.length <= MAX_TOPIC && TOPIC_FORM.test(text)
}

/** @throws {BadOptionError} when the text is not a topic. */
export function topic(text: unknown): Topic {
  if (isTopic(text)) return text
  throw new BadOptionError(
    "topic",
    `tokens of letters, digits, "_" or "-" with dots between them, ${String(MAX_TOPIC)} characters at most`,
    text,
  )
}

/** A topic that actors and programs may publish on; those that begin with `_` are what hosts tell each other. @throws {BadOptionError} */
export function publicTopic(text: unknown): Topic {
  const checked = topic(text)
  if (checked.startsWith("_")) throw new BadOptionError("topic", 'one that does not begin with "_"', text)
  return checked
}

/** @throws {BadOptionError} when the text is neither a topic nor a pattern of topics. */
export function topicPattern(text: unknown): TopicPattern {
  if (typeof text === "string" && text.length <= MAX_TOPIC && PATTERN_FORM.test(text)) return text as TopicPattern
  throw new BadOptionError("topic pattern", `a topic, in which "*" stands for one token and a last ">" for one or more`, text)
}

/** Whether a topic is among those of a pattern, as NATS subscriptions understand wildcards. */
export function topicMatches(pattern: TopicPattern, topic: Topic): boolean {
  const wanted = pattern.split(".")
  const tokens = topic.split(".")
  for (const [index, want] of wanted.entries()) {
    if (index >= tokens.length) return false
    if (want === ">") return true
    if (want !== "*" && want !== tokens[index]) return false
  }
  return wanted.length === tokens.length
}
