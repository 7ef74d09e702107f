// troupe drain NAME

import { endingCommand } from "./ending.js"

export const command = endingCommand("drain", [
  ["troupe drain counter", "refuses new messages, finishes those it has, then stops"],
  ["troupe drain reflections --timeout 2m", "gives it two minutes for them"],
])
