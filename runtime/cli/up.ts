// troupe up

import { access } from "node:fs/promises"
import { relative } from "node:path"
import { UsageError } from "../errors.js"
import { describeChange } from "../system/boot-digest.js"
import { NODE_ENTRY } from "../system/residents.js"
import { actorColumns, shownProgram } from "./actor-row.js"
import { boot, type Booted } from "./boot.js"
import type { Call } from "./call.js"
import type { CliCommand } from "./command.js"
import { rowsAt, textAt, type Fields } from "./reply-fields.js"
import { renderTable } from "./table.js"
import { oneLine, type Colors } from "./terminal.js"
import { waitingFor } from "./waiting.js"

export const command: CliCommand = {
  examples: [
    ["troupe up", "start the bus and the node under pm2, unless they run; with what has changed since"],
    ["troupe up --json", "the same, for programs"],
    ["troupe up --bus-url nats://demo:4222", "with a nats-server that runs already"],
  ],
  async run(call) {
    const config = await call.config()
    await checkBuilt(config.node.actorsDir, call.projectDir)
    const booting = boot({
      config,
      place: await call.place(),
      env: call.env,
      signal: call.signal,
      onNotice: (notice) => call.terminal.remark(notice),
    })
    const booted = await waitingFor(call.terminal, "starting the bus and the node", booting)
    call.terminal.show(fieldsOf(booted), (_, colors) => renderUp(booted, colors))
    complainOf(booted, call)
    return undefined
  },
}

/** @throws {UsageError} when there is nothing to run yet */
async function checkBuilt(actorsDir: string, projectDir: string): Promise<void> {
  for (const path of [NODE_ENTRY, actorsDir]) {
    const there = await access(path).then(
      () => true,
      () => false,
    )
    if (!there) throw new UsageError(`${relative(projectDir, path)} is missing`, 'run "npm run build" first')
  }
}

function fieldsOf({ type, node, listing, changes }: Booted): Fields {
  const { failed, problems } = node
  const changed = changes.map(describeChange)
  return { type, ...listing, busUrl: node.busUrl, changes: changed, failed, problems }
}

/** What runs now, and what to do with it. */
export function renderUp({ type, node, listing, bus, changes }: Booted, colors: Colors): string {
  const rows = rowsAt(listing, "actors")
  const how = type === "running" && bus === "start" ? "runs already; its bus was started again" : HEADS[type]
  const head = [`${shownProgram(listing, colors)} ${how}, on the bus at ${node.busUrl ?? "-"}`]
  if (type === "restarted") {
    head.push(...changes.map((change) => `  ${describeChange(change)}`))
    if (changes.length === 0) head.push("  pm2 had lost it")
  }
  const adopted = type === "running" ? [] : (node.left?.adopted ?? [])
  if (adopted.length > 0) head.push(`  it had died; still running and adopted: ${adopted.join(", ")}`)
  const table = rows.length === 0 ? [] : ["", renderTable(actorColumns(colors), rows, colors)]
  const tries = ["", "Try:", ...triesOf(rows).map((line) => `  ${colors.bold(line)}`)]
  return [...head, ...table, ...tries].join("\n")
}

const HEADS = { started: "is ready", restarted: "was started again and is ready", running: "runs already; nothing has changed" }

const BY_KIND: readonly (readonly [kind: string, words: string])[] = [
  ["reflections", `summarise '{"path": "test/fixtures/NaCl.hkl"}'`],
  ["greeter", `greet '{"name": "Ada"}'`],
  ["counter", "increment"],
]
const ALWAYS = [
  "npx troupe events",
  'eval "$(npx troupe env)"   # then any NATS client works: nats micro ls',
  "npx troupe --help",
]

/** Three commands that work with what runs. */
function triesOf(rows: readonly Fields[]): readonly string[] {
  const asks = BY_KIND.flatMap(([kind, words]) => {
    const row = rows.find((one) => one["kind"] === kind && one["status"] === "running")
    return row === undefined ? [] : [`npx troupe ask ${textAt(row, "name")} ${words}`]
  })
  return [...asks.slice(0, 2), ...ALWAYS].slice(0, 3)
}

function complainOf({ node }: Booted, { terminal }: Call): void {
  if (terminal.format === "json") return
  const { red } = terminal.errorColors
  for (const { file, message } of node.problems) terminal.complain(oneLine(`${red("cannot be used")}: ${file}: ${message}`))
  for (const { name, kind, error } of node.failed) {
    const again = `after mending it: npx troupe spawn ${kind} --name ${name}`
    // The modules are named above, once for all.
    const isNamed = error.code === "ERR_NO_KIND" && node.problems.length > 0
    const why = isNamed ? `no module that can be used has the kind ${kind}` : error.message
    terminal.complain(`${red("does not run")}: ${oneLine(`${name}: ${error.code}: ${why}`)}; ${again}`)
  }
}
