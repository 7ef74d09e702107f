// The tests run as tsc compiled them, and what they test is loaded by Node.js itself, untransformed: threads and child
// processes load the same files.

import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

const SECOND_MS = 1000
/** Tests wait more than they compute: two at a time suit a single core. */
const AT_ONCE = Math.max(2, Math.min(4, availableParallelism()))

/** Each file has servers, pm2 homes, ports and directories of its own, so several run at a time. */
const suites = [
  { name: "unit", timeoutMs: 10 * SECOND_MS },
  { name: "contract", timeoutMs: 30 * SECOND_MS },
  { name: "integration", timeoutMs: 60 * SECOND_MS },
  { name: "e2e", timeoutMs: 120 * SECOND_MS },
]

export default defineConfig({
  test: {
    pool: "forks",
    execArgv: ["--enable-source-maps"],
    allowOnly: false,
    server: { deps: { external: [/\/dist\/(runtime|actors|config|test\/(support|fixtures))\//] } },
    projects: suites.map(({ name, timeoutMs }, order) => ({
      extends: true,
      test: {
        name,
        include: [`dist/test/${name}/**/*.test.js`],
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        sequence: { groupOrder: order },
        maxWorkers: AT_ONCE,
      },
    })),
  },
})
