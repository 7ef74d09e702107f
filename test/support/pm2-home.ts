// A pm2 home of a test's own, with scripts to run in it; everything that was started is ended and verified gone.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findDaemonPid } from "../../runtime/host/pm2/launch-daemon.js"
import { Pm2, type Pm2Options } from "../../runtime/host/pm2/pm2-daemon.js"
import { pm2Paths } from "../../runtime/host/pm2/pm2-paths.js"
import type { Pm2Process } from "../../runtime/host/pm2/pm2-process.js"
import { processApp, type Pm2App } from "../../runtime/host/pm2/process-app.js"
import { awaitGone, endGroup, startTimeOf } from "../../runtime/host/pm2/process-group.js"

export class Pm2Home {
  // Short: the path of a Unix socket holds some hundred bytes.
  readonly dir = mkdtempSync(join(tmpdir(), "p2-"))
  readonly #started: { pid: number; startTime: string | undefined }[] = []
  readonly #facades: Pm2[] = []

  async connect(options: Pm2Options = {}): Promise<Pm2> {
    const pm2 = await Pm2.connect({ home: this.dir, ...options })
    this.#facades.push(pm2)
    return pm2
  }

  script(name: string, source: string): string {
    const file = join(this.dir, `${name}.cjs`)
    writeFileSync(file, source)
    return file
  }

  app(name: string, source: string, more: { nodeFlags?: string[]; env?: Record<string, string> } = {}): Pm2App {
    const entry = this.script(name, source)
    return processApp({
      name,
      entry,
      cwd: this.dir,
      pm2Home: this.dir,
      logDir: join(this.dir, "out"),
      parentEnv: process.env,
      ...more,
    })
  }

  async start(pm2: Pm2, app: Pm2App): Promise<Pm2Process> {
    const started = await pm2.start(app)
    this.#started.push({ pid: started.pid, startTime: startTimeOf(started.pid) })
    return started
  }

  /** The daemon's pid; fails when none runs. */
  daemonPid(): number {
    const pid = findDaemonPid(pm2Paths({}, this.dir))
    if (pid === undefined) throw new Error(`no daemon of ${this.dir}`)
    return pid
  }

  async close(): Promise<void> {
    for (const facade of this.#facades) facade.disconnect()
    const daemon = findDaemonPid(pm2Paths({}, this.dir))
    if (daemon !== undefined) {
      const pm2 = await Pm2.connect({ home: this.dir, ifAbsent: "fail" }).catch(() => undefined)
      await pm2?.killDaemon()
      if (!(await awaitGone({ pid: daemon, timeoutMs: 2_000 }))) await endGroup({ pid: daemon, termMs: 0 })
    }
    for (const { pid, startTime } of this.#started) await endGroup({ pid, startTime, termMs: 0, marker: `PM2_HOME=${this.dir}` })
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  }
}
