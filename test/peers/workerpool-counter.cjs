"use strict"

let count = 0

require("workerpool").worker({ increment: ({ by }) => (count += by) })
