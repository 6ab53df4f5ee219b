import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { type CallContext, openAiFormat } from "../../../core/format.ts";
import type { CallerMessages } from "../../../core/caller-messages.ts";
import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";
import { err, ok, type Result } from "../../../lib/result.ts";

/** No conversation is longer: what OpenAI allows. */
const longestSessionMs = 60 * 60_000;

/** Reads the request that opens a conversation. @param query Of the request, with its `?`, or empty. */
export function readRealtimeCall(
  query: string,
  { callId: id, inboundProtocol, caller, traceContext, now, headers, intake }: CallContext,
  messages: CallerMessages,
): Result<Call, RouterError> {
  const asked = new URLSearchParams(query);
  const model = asked.get("model") ?? asked.get("deployment") ?? "";
  if (model === "") {
    return err(new RouterError("invalid_request", "The query names no model: /v1/realtime?model=MODEL is expected.", { param: "model" }));
  }
  if (isTooLongName(model)) {
    return err(new RouterError("invalid_request", `model: may have at most ${longestNameBytes} bytes.`, { param: "model" }));
  }
  for (const name of ["model", "deployment", "api-version", "api-key"]) asked.delete(name);
  const rest = asked.toString();
  const beta = headers?.["openai-beta"];
  return ok({
    id,
    endpoint: "realtime",
    format: openAiFormat,
    inboundProtocol,
    caller,
    tenant: caller?.name,
    intake,
    traceContext,
    model,
    stream: true,
    includeUsage: true,
    body: { bytes: Buffer.alloc(0), members: [] },
    messages,
    resource: { method: "GET", path: `/realtime${rest === "" ? "" : `?${rest}`}` },
    foreign:
      typeof beta === "string"
        ? { format: openAiFormat, operation: "realtime", headers: { "openai-beta": beta }, onlyNative: false, toOpenAi: () => noJson }
        : undefined,
    maxOutputTokens: undefined,
    answers: 0,
    arrivedAt: now,
    deadline: now + longestSessionMs,
    numRetries: undefined,
    timeoutMs: undefined,
    streamTimeoutMs: undefined,
    fallbacks: undefined,
    contextWindowFallbacks: undefined,
    contentPolicyFallbacks: undefined,
    disableFallbacks: false,
    maxFallbacks: undefined,
    tags: caller?.tags ?? [],
    allowedRegion: undefined,
    wantsResponseSchema: false,
    priority: caller?.priority ?? 0,
  });
}

const noJson = new RouterError("cannot_serve_this", "A conversation in messages has no request in JSON.");
