import { startWorkerpool } from "../workerpool.js"

export const start = () => startWorkerpool("process")
