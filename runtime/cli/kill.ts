// troupe kill NAME

import { endingCommand } from "./ending.js"

export const command = endingCommand("kill", [
  ["troupe kill reflections", "ends it at once, also in an endless loop, and verifies that it is gone"],
  ["troupe kill reflections --json", "which rung of the ladder worked, and how long it took"],
])
