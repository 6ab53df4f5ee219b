import assert from "node:assert/strict";
import type { Call } from "../../../src/core/call.ts";
import type { Endpoint } from "../../../src/core/endpoints.ts";
import type { StreamEvent } from "../../../src/core/provider.ts";
import { redactorOf } from "../../../src/formats/kit/redact.ts";
import type { ErrorSource } from "../../../src/formats/kit/upstream-errors/classify-error.ts";
import { readCall } from "../../../src/formats/openai/request/read-call.ts";

export const secret = "sk-test-0123456789abcdef";
export const source: ErrorSource = { deploymentId: "d1", redact: redactorOf([secret]) };

/** Each event by itself, where several came as one. */
export function partsOf(event: StreamEvent): readonly StreamEvent[] {
  const parts = event.parts?.();
  if (parts === undefined) return [event];
  assert.ok(parts.length > 1);
  assert.equal(Buffer.concat(parts.map(({ bytes }) => bytes)).toString(), event.bytes.toString());
  return parts;
}

/** A call as a door would make it. */
export function callOf(body: object | string, endpoint: Endpoint = "chat", pathModel?: string): Call {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const call = readCall(Buffer.from(text), {
    endpoint,
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    pathModel,
    callId: "c1",
    now: 0,
  });
  assert.ok(call.ok, call.ok ? "" : call.error.message);
  return call.value;
}
