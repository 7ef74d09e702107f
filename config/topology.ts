// The actors that the node starts at boot, in this order. To start one more, add a line and run `npm start`.

import { defineTopology } from "./define-topology.js"

export const topology = defineTopology([
  { kind: "counter", name: "counter" },
  { kind: "greeter", name: "greeter" },
  { kind: "clock", name: "clock", placement: "thread" },
  { kind: "word-count", name: "word-count", placement: "thread" },
  { kind: "reflections", name: "reflections", placement: "process" },
])
