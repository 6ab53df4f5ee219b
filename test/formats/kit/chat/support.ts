import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { DeploymentHost } from "../../../../src/core/format.ts";
import type { JsonMembers, JsonValue, ProviderAdapter, StreamEvent } from "../../../../src/core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../../src/core/upstream.ts";
import type { ChatRules } from "../../../../src/formats/kit/chat/chat-rules.ts";
import { readCall } from "../../../../src/formats/openai/request/read-call.ts";

/** A chat call with this body, as REST reads it. `model` and `messages` have values of their own where it names none. */
export function chatCall(body: JsonMembers): Call {
  const request = { model: "m", messages: [{ role: "user", content: "hi" }], ...body };
  const read = readCall(Buffer.from(JSON.stringify(request)), {
    endpoint: "chat",
    pathModel: undefined,
    callId: "1",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
  });
  if (!read.ok) throw read.error;
  return read.value;
}

/** A host at `https://host.example/chat`. */
export function testHost(over: Partial<DeploymentHost> = {}): DeploymentHost {
  return {
    deploymentId: "d",
    origin: "https://host.example",
    path: () => "/chat",
    headers: { "x-key": "secret" },
    defaults: {},
    dropped: [],
    redact: (text) => text.replaceAll("secret", "***"),
    ...over,
  };
}

/** Rules under which nothing is dropped or changed. @param facts What is known of the model. */
export function testRules(facts: JsonMembers = {}, over: Partial<ChatRules> = {}): ChatRules {
  return {
    dropParams: false,
    modifyParams: false,
    allowedParams: new Set(),
    cachePoints: [],
    fact: (_model, name) => facts[name],
    ...over,
  };
}

/** The request that a call becomes. @throws RouterError where it becomes none. */
export function encoded(adapter: ProviderAdapter, call: Call, model: string): UpstreamRequest {
  const request = adapter.encode(call, model);
  if (request instanceof RouterError) throw request;
  return request;
}

/** The body of {@link encoded}, parsed. */
export function encodedBody(adapter: ProviderAdapter, call: Call, model: string): JsonMembers {
  return JSON.parse(Buffer.concat(encoded(adapter, call, model).body).toString()) as JsonMembers;
}

/** All events of a stream that comes in these pieces. */
export function decoded(adapter: ProviderAdapter, call: Call, pieces: readonly Buffer[], headers: UpstreamHeaders = {}): StreamEvent[] {
  const decoder = adapter.decodeStream(call, headers);
  if (decoder instanceof RouterError) throw decoder;
  const events: StreamEvent[] = [];
  for (const piece of pieces) decoder.push(piece, (event) => events.push(event));
  decoder.end((event) => events.push(event));
  return events;
}

/** What is in an event, without what is in each: its delta, and how it ends. */
export function told(event: StreamEvent): JsonValue {
  if (event.kind === "done") return "[DONE]";
  const chunk = JSON.parse(event.data?.toString() ?? "{}") as {
    choices?: { delta: JsonMembers; finish_reason: string | null }[];
    usage?: JsonMembers;
  };
  const [choice] = chunk.choices ?? [];
  if (choice === undefined) return chunk.usage ?? {};
  return choice.finish_reason === null ? choice.delta : { ...choice.delta, finish_reason: choice.finish_reason };
}
