// The first file that runs in the node.

import { runNode } from "../system/node.js"

// Stacks name the sources of what is loaded from here on, as in process-entry.
process.setSourceMapsEnabled(true)
void runNode()
