// The tests run as tsc compiled them, and what they test is loaded by Node.js itself, untransformed: threads and child
// processes load the same files.

import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

const SECOND_MS = 1000
/** Tests wait more than they compute: two at a time suit a single core. */
const AT_ONCE = Math.max(2, Math.min(4, availableParallelism()))

/** Suites run one after another, so that the real servers of one do not disturb the timing of the next. */
const suites = [
  { name: "unit", timeoutMs: 10 * SECOND_MS, files: "parallel" },
  { name: "contract", timeoutMs: 30 * SECOND_MS, files: "parallel" },
  { name: "integration", timeoutMs: 60 * SECOND_MS, files: "one at a time" },
  { name: "e2e", timeoutMs: 120 * SECOND_MS, files: "one at a time" },
]

export default defineConfig({
  test: {
    pool: "forks",
    execArgv: ["--enable-source-maps"],
    allowOnly: false,
    server: { deps: { external: [/\/dist\/(runtime|actors|config|test\/(support|fixtures))\//] } },
    projects: suites.map(({ name, timeoutMs, files }, order) => ({
      extends: true,
      test: {
        name,
        include: [`dist/test/${name}/**/*.test.js`],
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        sequence: { groupOrder: order },
        maxWorkers: files === "parallel" ? AT_ONCE : 1,
      },
    })),
  },
})
