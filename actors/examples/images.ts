// images — a folder of images through four stages: decode → resize → filter → encode. Each stage has workers of its own and a bounded
// queue before it, so that all stages work at once, each on another image.
//
//   npx troupe run images --size 8
//   npx troupe run images --input a/folder --output small

import { basename, join } from "node:path"
import { AnswerError, codeOf, StagePipeline, type StageReport } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"
import { filesIn } from "./harness/input-files.js"
import { outputFolder, writeOutput } from "./harness/output-file.js"
import { decode, type Encoded, encode, filter, madeUp, resize, sayBadImage, type Source } from "./images/steps.js"

interface Problem {
  readonly sources: readonly Source[]
  readonly output: string
}

interface Result {
  readonly images: readonly Encoded[]
  /** What is wrong with those that are none, by their place. */
  readonly failures: readonly (readonly [index: number, message: string])[]
  readonly stages: readonly StageReport[]
}

export const images: Example<Problem, Result> = {
  explanation: {
    pattern: "pipeline",
    consider: [
      "stages: four, of uneven cost; the one that is busiest sets the pace of all, so it gets the most workers",
      "dataflow: a queue with a limit before each stage; what does not fit waits, back to the reading of the folder",
      "errors: a file that is no image leaves the pipeline where that is noticed and is told at the end; the others go on",
      "throughput and latency: both are shown for each stage; more workers raise the one, longer queues only the other",
    ],
    mapping: "an image is a message from stage to stage; decode, filter and encode have --workers each, resize has one",
  },
  takes: ["input", "output", "size"],
  size: { of: "images that are made up when there is no --input", usual: 60, least: 1, most: 10_000 },

  async prepare({ input, output = "images-out", size }, pace) {
    if (input !== undefined) {
      const paths = await filesIn(input, ".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".avif")
      return { sources: paths.map((path) => ({ name: basename(path), from: path })), output: await outputFolder(output) }
    }
    const sources: Source[] = []
    for (let number = 0; number < size; number++) {
      sources.push(await madeUp(number))
      await pace.at((number + 1) / size)
    }
    return { sources, output: await outputFolder(output) }
  },

  async sequential({ sources }, pace) {
    const done: Encoded[] = []
    const failures: Result["failures"][number][] = []
    for (const [index, source] of sources.entries()) {
      try {
        done.push(await encode(await filter(await resize(await decode(source)))))
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error
        if (sources.length === 1) throw error
        failures.push([index, error.message])
      }
      await pace.at((index + 1) / sources.length)
    }
    return { images: done, failures, stages: [] }
  },

  async parallel({ sources, output }, run) {
    const { workers, placement, pace, system } = run
    const stages = [
      { name: "decode", task: decode, workers },
      { name: "resize", task: resize, workers: 1 },
      { name: "filter", task: filter, workers },
      { name: "encode", task: encode, workers },
    ]
    const line = await run.open(() => StagePipeline.start<Source, Encoded>(system, stages, { placement }))
    const failures: Result["failures"][number][] = []
    const done: Encoded[] = []
    run.soFar(async () => ({ "images written": (await written(output, done)).length, of: sources.length, to: output }))
    const results = line.run(sources, {
      signal: pace.signal,
      onFailure({ index, error }) {
        // What is no image is bad input; anything else is a fault of the program.
        if (codeOf(error.cause) !== "ERR_BAD_IMAGE") throw error
        const { path, why } = (error.cause as AnswerError).data
        failures.push([index, sayBadImage(String(path), String(why))])
      },
    })
    for await (const { value } of results) pace.told(done.push(value) / sources.length)
    return { images: done, failures, stages: line.report() }
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "images that differ from the sequential version's",
      error:
        Math.abs(sequential.images.length - parallel.images.length) +
        sequential.images.filter(({ name, bytes }, at) => {
          const other = parallel.images[at]
          return other?.name !== name || Buffer.compare(bytes, other.bytes) !== 0
        }).length,
      within: 0,
    },
    { what: "files that are no image", error: parallel.failures.length, within: 0 },
  ],

  figures: (_, { images: done, failures, stages }) => ({
    images: done.length,
    ...Object.fromEntries(
      stages.map(({ stage, workers, throughput, latency, work, busy }) => [
        stage,
        `${String(workers)} workers, ${throughput.toFixed(1)} a second, ${latency.mean.toFixed(1)} ms in the stage, ${work.toFixed(1)} ms of work, busy ${(100 * busy).toFixed(0)} %`,
      ]),
    ),
    ...Object.fromEntries(failures.map(([index, message]) => [`item ${String(index)}`, message])),
  }),

  keep: ({ output }, { images: done }) => written(output, done),
}

async function written(folder: string, done: readonly Encoded[]): Promise<readonly string[]> {
  const paths: string[] = []
  for (const { name, bytes } of done) paths.push(await writeOutput(join(folder, name), bytes))
  return paths
}
