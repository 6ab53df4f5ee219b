import { createTraceState, type SpanContext } from "@opentelemetry/api";
import type { TraceContext } from "../../core/call.ts";

/** version, trace id, parent id, flags; a later version may have more behind them. https://www.w3.org/TR/trace-context/ */
const traceparentFormat = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** Reads the caller's span. Undefined when the caller sent none, or one that is not well formed: the call then begins a trace of its own. */
export function readTraceParent(context: TraceContext | undefined): SpanContext | undefined {
  const match = traceparentFormat.exec(context?.traceparent.trim() ?? "");
  if (match === null) return undefined;
  const [, version = "", traceId = "", spanId = "", flags = "", more] = match;
  if (version === "ff" || (version === "00" && more !== undefined) || zeros.test(traceId) || zeros.test(spanId)) return undefined;
  const { tracestate } = context ?? {};
  const state = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) };
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true, ...state };
}

/** Writes the headers with which a trace goes on at a deployment, below this span. */
export function traceHeaders({ traceId, spanId, traceFlags, traceState }: SpanContext): Readonly<Record<string, string>> {
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
  const tracestate = traceState?.serialize() ?? "";
  return tracestate === "" ? { traceparent } : { traceparent, tracestate };
}
