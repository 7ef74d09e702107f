// The first file that runs in a process host.

import { runProcess } from "../system/process-composition.js"

void runProcess()
