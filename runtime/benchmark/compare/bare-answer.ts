// What the other sides of the bare references answer, whatever the platform brings the request by.

import { threadCpuNs } from "./cpu-clock.js"
import { type Load, receiptOf } from "./parcel.js"

/** A request of a bare reference: a payload, or the question how much processor time was taken. */
export type BareRequest = ({ readonly type: "take" } & Load) | { readonly type: "cpu" }

export function bareAnswer(request: BareRequest): number | undefined {
  return request.type === "cpu" ? threadCpuNs() : receiptOf(request)
}
