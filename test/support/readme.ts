// README.md as the tests read it: its blocks of code, and the commands in them in the order in which people type them.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "./project-root.js"

export interface CodeBlock {
  /** What stands behind the fence: sh, ts, js. */
  readonly language: string
  readonly text: string
}

/** A command of README.md, and what is expected of it. */
export interface TypedCommand {
  readonly command: string
  /** @default 0 */
  readonly exit?: number
  /** What its output, stdout and stderr, must hold. */
  readonly prints: RegExp
}

export const readme = readFileSync(join(projectRoot, "README.md"), "utf8")

export const codeBlocks = codeBlocksIn(readme)

/** The blocks of code of a document. */
export function codeBlocksIn(document: string): readonly CodeBlock[] {
  return [...document.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = "", text = ""]) => ({ language, text }))
}

/** Every line of every block of shell commands, without comments. */
export const typedLines: readonly string[] = codeBlocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ text }) => text.split("\n"))
  .map((line) => line.replace(/(^|\s+)#.*$/, "").trimEnd())
  .filter((line) => line !== "")

/** Commands that no test runs, with the reason. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  "git clone URL troupe && cd troupe": "the tests run in a checkout, and URL is wherever it came from",
  "npm ci && npm test": "runs these tests; .ci/run runs it on a fresh checkout",
}

/** Every other command, in the order of README.md; test/e2e/readme.test.ts runs them. */
export const RUN: readonly TypedCommand[] = [
  { command: "npm ci && npm start", prints: /reflections +reflections +process +running[^]*Try:/ },
  {
    command: `npx troupe ask reflections summarise '{"path":"test/fixtures/NaCl.hkl"}'`,
    prints: /"measured":8578,.*"unique":2861,/,
  },
  { command: "npx troupe ps", prints: /^NAME .*\n(.*\n)*clock +clock +thread +running/ },
  { command: "npx troupe tree", prints: /├─ counter running/ },
  { command: `npx troupe ask counter increment '{"by":2}'`, prints: /^2\n$/ },
  { command: "npx troupe tell counter increment", prints: /^$/ },
  { command: "npx troupe ask counter value", prints: /^3\n$/ },
  { command: "npx troupe describe greeter", prints: /handlers +greet \(input checked\)/ },
  { command: `npx troupe ask greeter greet '{"name":"Ada"}'`, prints: /^"Hello, Ada!"\n$/ },
  { command: `npx troupe ask greeter greet '{"name":""}'`, exit: 1, prints: /^ERR_BAD_MESSAGE: greeter.greet: / },
  { command: "npx troupe events clock.tick --count 3", prints: /^(\{"at":.*"topic":"clock.tick",.*\}\n){3}$/ },
  { command: "npx troupe spawn counter --name here", prints: /^here is running \(counter, inline,/ },
  { command: "npx troupe spawn counter --name beside --placement thread", prints: /^beside is running \(counter, thread,/ },
  { command: "npx troupe spawn reflections --name salt --placement process", prints: /^salt is running \(reflections, process,/ },
  {
    command: `npx troupe ask salt merged '{"path":"test/fixtures/NaCl.hkl","limit":2}'`,
    prints: /^\[\{"h":.*\},\{"h":.*\}\]\n$/,
  },
  { command: "npx pm2 ls", prints: /troupe-bus[^]*troupe-node|troupe-node[^]*troupe-bus/ },
  { command: "npx troupe restart beside", prints: /^beside is running again \(restarts: 1\)/ },
  { command: "npx troupe stop here", prints: /^here ended by stop after .*: shutdown\n$/ },
  { command: "npx troupe drain beside", prints: /^beside ended by drain after .*: shutdown\n$/ },
  { command: "npx troupe kill salt", prints: /^salt ended by kill after .*: killed\n$/ },
  { command: "npx troupe why salt", prints: /killed/ },
  { command: `eval "$(npx troupe env)"`, prints: /^$/ },
  { command: `nats req troupe.greeter.greet '{"name":"Ada"}'`, prints: /"Hello, Ada!"/ },
  { command: "nats sub 'troupe._evt.clock.tick' --count 2", prints: /("tick":[^]*){2}/ },
  { command: "nats micro ls", prints: /counter[^]*greeter|greeter[^]*counter/ },
  { command: "npm start", prints: /was started again and is ready[^]*hello +hello +thread +running/ },
  { command: `npx troupe ask hello greet '{"name":"Ada"}'`, prints: /^"Hello, Ada! You are number 1\."\n$/ },
  { command: "npx troupe down", prints: /troupe-node ended[^]*troupe-bus ended/ },
  { command: "node add.mjs", prints: /^2\n3\nno greeter here\nstop\n$/ },
  { command: "npx troupe doctor", exit: 0, prints: /^ok +Node\.js/ },
]
