// troupe stop NAME

import { endingCommand } from "./ending.js"

export const command = endingCommand("stop", [
  ["troupe stop counter", "lets it finish the message in hand and its onStop"],
  ["troupe stop counter --timeout 500ms", "waits half a second for that, then cancels and kills"],
])
