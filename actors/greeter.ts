// greeter — a handler with a schema, and an actor with arguments.
// A message that does not fit the schema is refused with ERR_BAD_MESSAGE, naming what is wrong; the method never sees it.
// zod stands for any library that speaks Standard Schema: valibot and arktype work as well.
//
//   npx troupe ask greeter greet '{"name":"Ada"}'
//   npx troupe ask greeter greet '{"name":""}'
//   npx troupe spawn greeter --name gruss --args '{"greeting":"Guten Tag"}'

import { z } from "zod"
import { Actor, actor, handler } from "../runtime/index.js"

const Arguments = z.strictObject({ greeting: z.string().min(1).default("Hello") })
const Guest = z.object({ name: z.string().trim().min(1).max(100) })

@actor({ kind: "greeter", module: import.meta.url, description: "Greets by name; shows a schema and arguments" })
export class Greeter extends Actor {
  #greeting = ""

  /** Throwing here means that the actor does not start, and that whoever spawned it is told why. */
  override onStart(args: unknown): void {
    const checked = Arguments.safeParse(args ?? {})
    if (!checked.success) throw new TypeError(`args: ${z.prettifyError(checked.error).replaceAll("\n", " ")}`)
    this.#greeting = checked.data.greeting
  }

  @handler({ input: Guest })
  greet({ name }: z.infer<typeof Guest>): string {
    return `${this.#greeting}, ${name}!`
  }
}
