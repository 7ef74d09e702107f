// What a bundle leaves out, or loads when it is called: every thread and process that starts would read it, and hardly one uses it.

/** Modules of Node.js that take a millisecond or more to load, with what the runtime calls of them. */
const SLOW = {
  "node:crypto": ["createHash", "randomBytes", "randomInt", "randomUUID"],
  "node:child_process": ["execFileSync", "spawn"],
}

const NATS = /[\\/]node_modules[\\/]nats[\\/]/
/** JetStream, its stores, benchmarks and nkeys stay where npm put them. */
const STAY = /^(?:\.\.?\/)+(?:jetstream\/(?:jsm|jsclient|kv)|bench)$|^nkeys\.js$/
/** Of nats.js and of Node.js: loaded when they are called. */
const LATE = ["jetstream/jsm", "jetstream/jsclient", "jetstream/kv", "bench", "nkeys", "tls", "dns"]
const PASSED_ON = /^__exportStar\(require\("(?:\.\.\/jetstream\/(?:internal_)?mod|\.\/nkeys)"\), exports\);$/gm

/** A plugin that does so. Nothing that it looks for may be missing: nats.js would be whole again, and nobody would notice. */
export function leanImports() {
  const met = new Set()
  return {
    name: "lean-imports",
    resolveId(imported, importer) {
      if (importer === undefined) return null
      if (NATS.test(importer) && STAY.test(imported)) {
        const name = imported.replace(/^(?:\.\.?\/)+/, "")
        return {
          id: name === "nkeys.js" ? name : `nats/lib/${name === "bench" ? "nats-base-client/" : ""}${name}.js`,
          external: true,
        }
      }
      return imported in SLOW && !importer.includes("node_modules") ? `\0${imported}` : null
    },
    load(id) {
      const called = SLOW[id.slice(1)]
      if (id[0] !== "\0" || called === undefined) return null
      return called
        .map((name) => `export const ${name} = (...args) => process.getBuiltinModule("${id.slice(1)}").${name}(...args)`)
        .join("\n")
    },
    transform(code, id) {
      if (!NATS.test(id)) return null
      let lean = code.replace(PASSED_ON, (line) => (met.add(line), ""))
      for (const [line, name, from] of code.matchAll(/^(?:const|var) (\w+) = require\("(?:\.\.?\/)*([^"]+)"\);$/gm)) {
        if (!LATE.includes(from)) continue
        met.add(from)
        lean = lean
          .replaceAll(new RegExp(`(?<![.\\w])${name}\\.`, "g"), `${name}().`)
          .replace(line, line.replace("require(", "() => require("))
      }
      return lean === code ? null : { code: lean, map: null }
    },
    buildEnd(error) {
      if (error !== undefined) return
      const missing = LATE.filter((from) => !met.has(from))
      if (missing.length > 0 || met.size < LATE.length + 3)
        throw new Error(`nats.js is another one: ${missing.join(", ") || "its exports"}`)
    },
  }
}
