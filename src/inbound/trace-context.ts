import type { TraceContext } from "../core/call.ts";
import type { HeaderReader } from "./call-headers.ts";

/** The trace that a request belongs to, as it says itself. What is not well formed is for the tracer to refuse. */
export function readTraceContext(header: HeaderReader): TraceContext | undefined {
  const traceparent = header("traceparent");
  return traceparent === undefined ? undefined : { traceparent, tracestate: header("tracestate") };
}
