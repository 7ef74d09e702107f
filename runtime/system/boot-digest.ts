// BootDigest — what a node was started with, told apart by part, so that a later look can say what has changed since.

import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join, relative } from "node:path"
import type { Config } from "../../config/schema.js"

/** Short hashes; equal when the thing is the same. */
export interface BootDigest {
  readonly settings: string
  readonly bus: string
  /** By the boot actor's name. */
  readonly topology: Readonly<Record<string, string>>
  /** By the compiled module's path. */
  readonly modules: Readonly<Record<string, string>>
  /** The compiled runtime itself. */
  readonly runtime: string
}

/** One difference between two digests. */
export interface BootChange {
  readonly part: "settings" | "bus" | "address" | "topology" | "modules" | "runtime"
  /** The boot actor or module. */
  readonly name?: string
  readonly what: "added" | "removed" | "changed"
}

/** Folders of the runtime that a node never loads. */
const NOT_IN_NODE = new Set(["cli", "benchmark"])

/** @param runtimeDir the folder of the compiled runtime */
export async function digestBoot(config: Config, runtimeDir: string): Promise<BootDigest> {
  const { topology, bus, ...settings } = config
  const { url, user, password, token, credsFile, nkeyFile, tls, ...server } = bus
  const actors = await hashFolder(config.node.actorsDir, () => true)
  const { providers } = config.node
  const provided = providers === undefined ? {} : { [providers]: await hashFile(providers) }
  const runtime = await hashFolder(runtimeDir, (folder) => !NOT_IN_NODE.has(folder))
  return {
    settings: hash(settings),
    bus: hash(url === undefined ? server : { url, user, password, token, credsFile, nkeyFile, tls }),
    topology: Object.fromEntries(topology.map((entry) => [entry.name, hash(entry)])),
    modules: { ...actors, ...provided },
    runtime: hash(runtime),
  }
}

/** All code that the actors of a node may run, as one hash. */
export function codeIn({ modules, runtime }: BootDigest): string {
  return hash({ modules, runtime })
}

/** Pure: what is different in `after`, the topology first. */
export function changesBetween(before: BootDigest, after: BootDigest): BootChange[] {
  const changes: BootChange[] = []
  for (const part of ["topology", "modules"] as const) {
    for (const name of new Set([...Object.keys(after[part]), ...Object.keys(before[part])])) {
      const [was, is] = [before[part][name], after[part][name]]
      if (was !== is) changes.push({ part, name, what: was === undefined ? "added" : is === undefined ? "removed" : "changed" })
    }
  }
  for (const part of ["settings", "bus", "runtime"] as const) {
    if (before[part] !== after[part]) changes.push({ part, what: "changed" })
  }
  return changes
}

/** A change in a few words: `actor ada added to the topology`. */
export function describeChange({ part, name = "", what }: BootChange): string {
  switch (part) {
    case "topology":
      if (what === "changed") return `boot actor ${name} changed`
      return what === "added" ? `boot actor ${name} added` : `boot actor ${name} removed`
    case "modules":
      return `module ${name} ${what}`
    case "settings":
      return "settings changed"
    case "bus":
      return "settings of the bus changed"
    case "address":
      return "the bus has another address"
    case "runtime":
      return "the runtime itself changed"
  }
}

async function hashFolder(folder: string, wants: (top: string) => boolean): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => wants(path.split(/[\\/]/)[0] ?? ""))
    .sort()
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await hashFile(join(folder, path))] as const)))
}

async function hashFile(path: string): Promise<string> {
  return digestOf(await readFile(path).catch(() => "missing"))
}

function hash(value: unknown): string {
  return digestOf(JSON.stringify(value))
}

function digestOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("base64url").slice(0, 16)
}
