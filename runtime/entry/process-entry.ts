// The first file that runs in a process host.

import { runProcess } from "../system/process-composition.js"

// Stacks name the sources of what is loaded from here on, which are the actors. The maps of the runtime itself are large: they would be
// read at each start and worked out at each crash, before anybody is told of it.
process.setSourceMapsEnabled(true)
void runProcess()
