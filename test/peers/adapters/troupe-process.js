import { startTroupe } from "../troupe.js"

export const start = (options) => startTroupe("process", options)
