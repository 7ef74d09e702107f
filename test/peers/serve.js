// The first file of an adapter's other process: it runs the adapter's `serve`, and ends with its parent.

const [, , adapter, options] = process.argv

const { serve } = await import(`./adapters/${adapter}.js`)
await serve(JSON.parse(options))
process.on("disconnect", () => process.exit(0))
process.send("serving")
