// The process that one adapter is measured in: in one process the peers would share, and spoil, each other's compiled code.
// It is told { width, bytes, ms } and keeps that many asks in flight for that long; it answers { done, ms }, or { fault }.

const [, , name, options] = process.argv

const { start } = await import(`./adapters/${name}.js`)
const peer = await start(JSON.parse(options))

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
  const nothing = { by: 1, data: new Uint8Array(0) }
  const before = await peer.ask(nothing)
  let done = 0
  const startedAt = performance.now()
  const until = startedAt + ms
  const lane = async () => {
    do {
      await peer.ask(message)
      done++
    } while (performance.now() < until)
  }
  const outcomes = await Promise.allSettled(Array.from({ length: width }, lane))
  const failed = outcomes.find(({ status }) => status === "rejected")
  if (failed !== undefined) throw failed.reason
  const tookMs = performance.now() - startedAt
  // Whoever lost or doubled an ask has counted another number than we.
  const counted = (await peer.ask(nothing)) - before - 1
  if (counted !== done) throw new Error(`${name}: ${String(counted)} were counted of ${String(done)} asks`)
  return { done, ms: tookMs }
}
