// The import directions. Each layer may import itself and the layers before it, never one after it.

const LAYERS = [
  ["ids", "errors", "time"],
  ["parallel"],
  ["actor", "wire"],
  ["transport", "bus"],
  ["host"],
  ["supervision", "events"],
  ["system"],
  ["toolkit"],
  ["entry", "cli", "benchmark"],
]

/** Matches the files of these layers' nouns: `runtime/ids.ts` as well as `runtime/time/clock.ts`. */
const inRuntime = (names) => `^runtime/(${names.join("|")})(/|\\.ts$)`
/** Matches an npm package, installed or not. */
const npm = (name) => `(^|node_modules/)${name}(/|$)`

const DOORS = "^runtime/(index|toolkit|internal)\\.ts$"
const LAYERED = [inRuntime(LAYERS.flat()), DOORS]

const layerRules = LAYERS.slice(0, -1).map((names, depth) => ({
  name: `layer-${names.join("-")}`,
  comment: `${names.join(", ")} must not import a later layer, nor the doors that re-export them all`,
  severity: "error",
  from: { path: inRuntime(names) },
  to: { path: [inRuntime(LAYERS.slice(depth + 1).flat()), DOORS] },
}))

const onlyIn = (name, pkg, from) => ({
  name,
  comment: `${pkg} is imported in ${from.pathNot} only, so that replacing it touches one place`,
  severity: "error",
  from,
  to: { path: npm(pkg) },
})

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: "known-layer",
      comment: "A new folder or file under runtime/ needs its place in LAYERS first",
      severity: "error",
      from: { path: "^runtime/", pathNot: LAYERED },
      to: {},
    },
    { name: "known-layer", severity: "error", from: {}, to: { path: "^runtime/", pathNot: LAYERED } },
    {
      name: "internal-is-the-test-seam",
      severity: "error",
      from: { path: "^(runtime|actors|config)/" },
      to: { path: "^runtime/internal\\.ts$" },
    },
    {
      name: "config-is-a-leaf",
      comment: "config/ knows ids and errors of the runtime, nothing else of it",
      severity: "error",
      from: { path: "^config/" },
      to: { path: "^(runtime|actors|test)/", pathNot: "^runtime/(ids|errors)\\.ts$" },
    },
    {
      name: "ground-layer-reads-no-config",
      severity: "error",
      from: { path: inRuntime(LAYERS[0]) },
      to: { path: "^config/" },
    },
    {
      name: "actors-see-the-public-door",
      comment:
        "actors/ is what users copy: of this repository it may import runtime/index.ts, runtime/toolkit.ts and its own files",
      severity: "error",
      from: { path: "^actors/" },
      to: { path: "^(runtime|config|test|tools)/", pathNot: "^runtime/(index|toolkit)\\.ts$" },
    },
    {
      name: "product-never-imports-tests-or-actors",
      severity: "error",
      from: { path: "^runtime/" },
      to: { path: "^(actors|test|tools)/" },
    },
    {
      name: "tests-use-the-seam",
      comment: "Suites above unit level stand on runtime/index.ts and runtime/internal.ts, so that insides may move",
      severity: "warn",
      from: { path: "^test/(contract|integration|e2e)/" },
      to: { path: "^runtime/", pathNot: DOORS },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "few-type-cycles",
      comment: "Types that speak of each other (an actor, its ref, its context) may; nothing is loaded in a circle by that",
      severity: "warn",
      from: {},
      to: { circular: true, via: { dependencyTypes: ["type-only"] } },
    },
    onlyIn("nats-in-one-place", "(@nats-io/[^/]+|nats)", {
      path: "^(runtime|actors|config)/",
      pathNot: "^runtime/(bus/|transport/nats-)",
    }),
    onlyIn("pm2-in-one-place", "pm2", { path: "^(runtime|actors|config)/", pathNot: "^runtime/host/pm2/" }),
    onlyIn("tsyringe-in-one-place", "tsyringe", { path: "^(runtime|config)/", pathNot: "^runtime/(system|actor)/" }),
    onlyIn("test-tools-in-tests", "(vitest|fast-check)", { path: "^(runtime|actors|config)/", pathNot: "^test/" }),
    {
      name: "no-dev-dependency-in-the-product",
      comment: "An installed troupe has no devDependencies; their types alone may be imported",
      severity: "error",
      from: { path: "^(runtime|actors|config)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm"] },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/|^test/peers/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
    progress: { type: "none" },
  },
}
