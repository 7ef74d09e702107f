import { startTroupe } from "../troupe.js"

export const start = (options) => startTroupe("thread", options)
