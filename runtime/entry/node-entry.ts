// The first file that runs in the node.

import { runNode } from "../system/node.js"

void runNode()
