import assert from "node:assert/strict";
import type { Call, Endpoint } from "../../src/core/call.ts";
import { Redactor } from "../../src/openai/redact.ts";
import type { ErrorSource } from "../../src/openai/classify-error.ts";
import { readCall } from "../../src/openai/read-call.ts";

export const secret = "sk-test-0123456789abcdef";
export const source: ErrorSource = { deploymentId: "d1", redactor: new Redactor([secret]) };

/** A call as a door would make it. */
export function callOf(body: object | string, endpoint: Endpoint = "chat", pathModel?: string): Call {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const call = readCall(Buffer.from(text), {
    endpoint,
    door: "rest",
    caller: undefined,
    traceContext: undefined,
    pathModel,
    callId: "c1",
    now: 0,
  });
  assert.ok(call.ok, call.ok ? "" : call.error.message);
  return call.value;
}
