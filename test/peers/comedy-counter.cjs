"use strict"

module.exports = class Counter {
  constructor() {
    this.count = 0
  }

  increment({ by }) {
    return (this.count += by)
  }
}
