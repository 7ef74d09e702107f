// The programs of docs/patterns.md print what stands beside each console.log.

import { describe, expect, it } from "vitest"
import { docsPrograms } from "../support/docs-programs.js"

const document = docsPrograms("patterns.md")

describe("docs/patterns.md", () => {
  it.each([...document.programs].filter(([, text]) => text.includes("console.log")))(
    "%s prints what it says",
    async (name, text) => {
      const said = [...text.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, output]) => output)
      expect(said.length).toBeGreaterThan(0)
      expect((await document.printed(name)).trim().split("\n")).toEqual(said)
    },
  )
})
