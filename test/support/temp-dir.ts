import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** A directory of its own, which the caller removes. */
export function makeTempDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "troupe-test-"))
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** A directory of its own for the running test; it is gone when the test ends, whatever its outcome. */
export function tempDir(): string {
  const { path, remove } = makeTempDir()
  onTestFinished(remove)
  return path
}
