import { startComedy } from "../comedy.js"

export const start = () => startComedy("threaded")
