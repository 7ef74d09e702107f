// The process that one adapter is measured in: in one process the peers would share, and spoil, each other's compiled code.
// It is told { width, bytes, ms } and keeps that many asks in flight for that long; it answers { done, ms }, or { fault }.

const [, , name, options] = process.argv

const { start } = await import(`./adapters/${name}.js`)
const peer = await start(JSON.parse(options))
let asked = 0

process.on("message", (cell) => {
  if (cell === "stop") {
    void peer.stop().finally(() => process.exit(0))
    return
  }
  run(cell).then(
    (figures) => process.send(figures),
    (error) => process.send({ fault: String(error) }),
  )
})
process.on("disconnect", () => void peer.stop().finally(() => process.exit(1)))
process.send("ready")

async function run({ width, bytes, ms }) {
  const message = { by: 1, data: new Uint8Array(bytes).fill(7) }
  const before = asked
  const startedAt = performance.now()
  const until = startedAt + ms
  const lane = async () => {
    do {
      asked++
      await peer.ask(message)
    } while (performance.now() < until)
  }
  await Promise.all(Array.from({ length: width }, lane))
  const tookMs = performance.now() - startedAt
  // Whoever lost or doubled an ask has another count than we.
  const count = await peer.ask({ by: 1, data: new Uint8Array(0) })
  asked++
  if (count !== asked) throw new Error(`${name}: the counter says ${String(count)} after ${String(asked)} asks`)
  return { done: asked - before - 1, ms: tookMs }
}
