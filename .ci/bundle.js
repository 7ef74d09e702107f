// Puts the runtime's modules together into few files: Node.js takes longer to find, read and compile two hundred small files than
// a thread takes to start, and each thread and each process does it anew.
//
// Every module keeps its place: dist/runtime/x/y.js exports what it did, and takes it from a bundle. So whoever imports a module,
// an actor, a thread or a test, gets the same instance of it. What tsc wrote there is overwritten; it has checked the types,
// and its declarations stand.
//
// Nothing is written when nothing has changed: what runs from here may be about to start a thread.

import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path"
import { rolldown } from "rolldown"
import { parseAst } from "rolldown/parseAst"

import { leanImports } from "./lean-imports.js"

/** Each bundle holds everything that these modules import and no bundle before it has; whoever loads one module of it loads it all. */
const BUNDLES = [
  { name: "ground", roots: ["runtime/ids", "runtime/errors"] },
  { name: "host", roots: ["runtime/system/thread-composition", "runtime/index"] },
  { name: "process", roots: ["runtime/system/process-composition"] },
  { name: "pm2", roots: ["runtime/host/pm2/pm2-daemon"] },
  { name: "toolkit", roots: ["runtime/toolkit"] },
  { name: "program", roots: ["runtime/system/program", "runtime/system/node"] },
]
/** Packages that every thread or process loads, and that may be there twice: what an actor imports of them is its own. */
const INLINED = new Set(["nats", "reflect-metadata"])
const STAMP = "stamp"
/** Files that are run, or loaded by those alone, stay as they are. */
const AS_IT_IS = /^runtime\/(entry|cli|benchmark)\//

/** Bundles the runtime below `root`; `sources` are all its modules, as paths from there without extension. */
export async function bundle(root, sources) {
  const out = join(root, "dist/runtime")
  const stamp = join(out, "bundles", STAMP)
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint(root, sources)) return
  const bundled = new Set(sources.filter((source) => !AS_IT_IS.test(source)))
  const sourceOf = (id) => relative(root, id).split(sep).join("/").replace(/\.ts$/, "")
  const bundleOf = new Map()

  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries([...bundled].map((source) => [source.slice("runtime/".length), join(root, `${source}.ts`)])),
    platform: "node",
    tsconfig: join(root, "tsconfig.json"),
    transform: { target: "es2022" },
    preserveEntrySignatures: "allow-extension",
    checks: { ineffectiveDynamicImport: false, bundlerTimings: false },
    plugins: [
      leanImports(),
      {
        name: "troupe",
        resolveId(imported, importer) {
          if (importer === undefined || isAbsolute(imported) || importer.includes("node_modules")) return null
          if (!imported.startsWith(".")) return INLINED.has(imported) ? null : { id: imported, external: true }
          const file = resolve(dirname(importer), imported).replace(/\.js$/, "")
          return bundled.has(sourceOf(file)) ? { id: `${file}.ts` } : { id: `${file}.js`, external: true }
        },
        transform(code, id) {
          if (!code.includes("import.meta.url") || !bundled.has(sourceOf(id))) return null
          return { code: withOwnUrl(code, `../${sourceOf(id).slice("runtime/".length)}.js`), map: null }
        },
        buildEnd() {
          for (const { name, roots } of BUNDLES) {
            const todo = roots.map((source) => join(root, `${source}.ts`))
            for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
              const module = this.getModuleInfo(id)
              if (module === null || module.isExternal || bundleOf.has(id)) continue
              bundleOf.set(id, name)
              todo.push(...module.importedIds)
            }
          }
        },
      },
    ],
  })
  // What the bundler itself adds goes to the ground; what is in no bundle stays by itself.
  const nameOf = (id) => (id.startsWith("\0") ? "ground" : (bundleOf.get(id) ?? ownName(sourceOf(id))))
  const ownName = (source) => (bundled.has(source) ? source.slice("runtime/".length).replaceAll("/", "-") : null)
  rmSync(stamp, { force: true })
  const { output } = await build.write({
    dir: out,
    format: "esm",
    sourcemap: true,
    // Stacks name files and lines of the sources, which are there; their text would be read by every process that starts.
    sourcemapExcludeSources: true,
    keepNames: true,
    entryFileNames: "[name].js",
    chunkFileNames: "bundles/[name].js",
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: nameOf, debugName: "bundles" }] },
  })
  await build.close()
  const written = new Set(output.map(({ fileName }) => fileName))
  for (const name of readdirSync(join(out, "bundles"))) if (!written.has(`bundles/${name}`)) rmSync(join(out, "bundles", name))
  writeFileSync(stamp, fingerprint(root, sources))
}

/** Changes with each source, with what tsc or a bundling before wrote for it, and with how it is bundled. */
function fingerprint(root, sources) {
  const hash = createHash("sha256")
  const outputs = sources.map((source) => join("dist", `${source}.js`))
  for (const path of [
    import.meta.filename,
    join(import.meta.dirname, "lean-imports.js"),
    ...[...sources.map((source) => `${source}.ts`), ...outputs].map((each) => join(root, each)),
  ]) {
    const { mtimeMs = 0, size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}
    hash.update(`${path} ${mtimeMs} ${size}\n`)
  }
  return hash.digest("hex")
}

/** A module's code that says where it may be imported from, seen from its bundle; strings that speak of `import.meta.url` stay. */
function withOwnUrl(code, place) {
  const found = []
  const find = (node) => {
    if (node === null || typeof node !== "object") return
    const isUrl = node.type === "MemberExpression" && node.object.type === "MetaProperty" && node.property.name === "url"
    if (isUrl) found.push(node)
    else Object.values(node).forEach(find)
  }
  find(parseAst(code, { lang: "ts" }))
  const url = `new URL(${JSON.stringify(place)}, import.meta.url).href`
  return found
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => text.slice(0, start) + url + text.slice(end), code)
}
