// The whole check: the tools two at a time, then the gate for speed, then every test. Short where all is well, in full where it is not, and the last
// line says how many tests passed and how many tests and tools failed.
// Usage: node .ci/verify.js

import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

import { conformance } from "./conformance.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const npm = process.platform === "win32" ? "npm.cmd" : "npm"
const AT_ONCE = 2
const STEPS = [
  { name: "types and build", script: "build:test" },
  { name: "lint", script: "lint" },
  { name: "format", script: "format:check" },
  { name: "layers", script: "layers" },
  { name: "unused code", script: "unused" },
]

/** Alone, when the tools are done: it measures. */
const SPEED = { name: "speed", script: "gate:run", show: true }

const running = new Set()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal)
    close(0, 1)
  })
}

const failedSteps = []
const waiting = [...STEPS]
await Promise.all(Array.from({ length: AT_ONCE }, takeSteps))

if (failedSteps.includes("types and build")) {
  console.log("tests            not run: there is no build to test")
  close(0, failedSteps.length)
}
waiting.push(SPEED)
await takeSteps()
const { passed, failed } = await runTests()
if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(", ")}`)
close(passed, failed + failedSteps.length)

async function takeSteps() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const startedAt = performance.now()
    const { code, output } = await run(npm, ["run", "--silent", step.script], "collect")
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)
    console.log(`${step.name.padEnd(16)} ${code === 0 ? "ok    " : "FAILED"} ${seconds} s`)
    if (step.show === true) console.log(output.trimEnd())
    if (code === 0) continue
    failedSteps.push(step.name)
    console.log(`${step.show === true ? "" : output.trimEnd()}\n  again: npm run ${step.script}\n`)
  }
}

/** Runs every test; what vitest counted, or one failure when it could not count or counted nothing. */
async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), "troupe-verify-"))
  const report = join(folder, "report.json")
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
    const { code } = await run(process.execPath, [vitest(), "run", ...reporters], "show")
    const counts = countTests(JSON.parse(readFileSync(report, "utf8")), code)
    if (counts.failed === 0) checkConformance(report)
    return counts
  } catch (error) {
    console.error(`tests: no result could be read (${error.message})`)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function countTests({ numPassedTests, numFailedTests, testResults }, code) {
  const broken = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  )
  const counted = numFailedTests + broken.length
  // vitest also fails for what belongs to no test, such as an unhandled rejection.
  const failed = counted === 0 && (code !== 0 || numPassedTests === 0) ? 1 : counted
  return { passed: numPassedTests, failed }
}

/** Only where every test passed: the table of proofs is written from a whole run. */
function checkConformance(report) {
  if (conformance(report, "check")) return console.log("docs/conformance.md says what these tests say")
  console.log("docs/conformance.md is not what these tests say; npm run conformance writes it anew")
  failedSteps.push("conformance")
}

function vitest() {
  return join(root, "node_modules/vitest/vitest.mjs")
}

/** Runs a command without input to its end; `collect` keeps its output for the caller, `show` passes it on as it comes. */
function run(command, args, mode) {
  return new Promise((resolve, reject) => {
    const sink = mode === "show" ? "inherit" : "pipe"
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", sink, sink], shell: command.endsWith(".cmd") })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (output += text))
    running.add(child)
    child.on("error", reject)
    child.on("close", (code) => {
      running.delete(child)
      resolve({ code, output })
    })
  })
}

function close(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
