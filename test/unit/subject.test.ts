import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { actorName, hostId, prefix } from "../../runtime/ids.js"
import * as subjects from "../../runtime/wire/subject.js"

const { parseSubject, topic, topicMatches, topicPattern } = subjects
const troupe = prefix("troupe")

describe("subjects", () => {
  it("are made as documented and read again", () => {
    const made = [
      [
        subjects.actorSubject(troupe, actorName("counter"), "increment"),
        "troupe.counter.increment",
        { type: "actor", actor: "counter", handler: "increment" },
      ],
      [subjects.actorSubject(troupe, actorName("c"), "$do_1"), "troupe.c.$do_1", { type: "actor", actor: "c", handler: "$do_1" }],
      [subjects.controlSubject(troupe, "spawn"), "troupe._ctl.spawn", { type: "control", command: "spawn" }],
      [
        subjects.eventSubject(troupe, topic("actor.counter.started")),
        "troupe._evt.actor.counter.started",
        { type: "event", topic: "actor.counter.started" },
      ],
      [subjects.hostSubject(troupe, hostId("n1abc-t3")), "_troupe.host.n1abc-t3", { type: "host", host: "n1abc-t3" }],
      [subjects.nameSubject(troupe, actorName("counter")), "_troupe.name.counter", { type: "name", name: "counter" }],
    ] as const
    for (const [subject, text, parsed] of made) {
      expect(subject).toBe(text)
      expect(parseSubject(troupe, subject)).toStrictEqual(parsed)
      expect(parseSubject(prefix("other"), subject)).toBeUndefined()
    }
  })

  it("are subscribed to together", () => {
    expect(subjects.actorSubjects(troupe, actorName("counter"))).toBe("troupe.counter.*")
    expect(subjects.controlSubjects(troupe)).toBe("troupe._ctl.*")
    expect(subjects.eventSubjects(troupe, topicPattern("actor.*.>"))).toBe("troupe._evt.actor.*.>")
  })

  it.each(["", "a b", "a.b", "*", ">", "1a", "a-b", "a".repeat(65), "é"])("refuse %j as a handler or command", (name) => {
    expect(() => subjects.actorSubject(troupe, actorName("a"), name)).toThrow("handler name")
    if (name !== "a-b") expect(() => subjects.controlSubject(troupe, name)).toThrow("command")
  })

  it.each([
    "",
    "troupe",
    "troupe.",
    "troupe.a",
    "troupe.a.b.c",
    "troupe.*.x",
    "troupe.a.>",
    "troupe._ctl.",
    "troupe._ctl.a.b",
    "troupe._evt.",
    "troupe._evt.*",
    "_troupe.host.",
    "_troupe.host.a.b",
    "_troupe.name.1",
    "_troupe.x.a",
    `troupe.${"a".repeat(300)}.x`,
  ])("are none of ours: %j", (text) => {
    expect(parseSubject(troupe, text)).toBeUndefined()
  })

  it("are read without an error whatever they hold", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("troupe", "_troupe", ".", "_evt", "_ctl", "host", "a", "*", ">", " ") }),
        (text) => {
          parseSubject(troupe, text)
        },
      ),
    )
  })
})

describe("topics", () => {
  it.each(["", ".", "a.", ".a", "a..b", "a b", "a.*", ">", "ü", "a".repeat(201), 5, undefined])("refuse %j", (text) => {
    expect(() => topic(text)).toThrow("topic: expected tokens")
  })

  it.each(["", "a.>.b", "a*", ">.a", "a..b", "a b", "a".repeat(201), null])("refuse %j as a pattern", (text) => {
    expect(() => topicPattern(text)).toThrow("topic pattern: expected")
  })

  it.each([
    ["a", "a", true],
    ["a", "b", false],
    ["a", "a.b", false],
    ["*", "a", true],
    ["*", "a.b", false],
    ["a.*.c", "a.b.c", true],
    ["a.*.c", "a.b.d", false],
    [">", "a", true],
    [">", "a.b.c", true],
    ["a.>", "a", false],
    ["a.>", "a.b", true],
    ["a.>", "a.b.c", true],
    ["a.*.>", "a.b", false],
    ["a.*.>", "a.b.c.d", true],
    ["*.*", "a.b", true],
  ])("%s has %s: %s", (pattern, text, matches) => {
    expect(topicMatches(topicPattern(pattern), topic(text))).toBe(matches)
  })
})
