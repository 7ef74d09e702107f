// What the other sides of the bare references answer, whatever the platform brings the request by.

import { copiedThere } from "./copy-counter.js"
import { threadCpuNs } from "./cpu-clock.js"
import { type Load, receiptOf } from "./parcel.js"

/** A request of a bare reference: a payload, or the question how much processor time was taken or was copied. */
export type BareRequest = ({ readonly type: "take" } & Load) | { readonly type: "cpu" | "copied" }

export function bareAnswer(request: BareRequest): number | undefined {
  if (request.type === "take") return receiptOf(request)
  return request.type === "cpu" ? threadCpuNs() : copiedThere()
}
