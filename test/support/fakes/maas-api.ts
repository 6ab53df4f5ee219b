import type OpenAI from "openai";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { type AnswerPart, piecesOf, type ScriptedAnswer, stopOf } from "./scripted-answer.ts";
import { isObject, wordsOf } from "./shape.ts";
import { type ApiReply, type ApiRequest, eventsReply, jsonReply, type StrictApi } from "./strict-host.ts";

const path = /^\/v1\/projects\/[^/]+\/locations\/[^/]+\/endpoints\/openapi\/chat\/completions$/;
/** What other providers' answers hold, and no host of OpenAI's format knows. */
const foreign = ["thinking_blocks", "provider_specific_fields"];
const reasons = { end: "stop", length: "length", tools: "tool_calls", refusal: "content_filter" } as const;

/** What Google says in a stream, in a list as before one. */
const errors = {
  overloaded: { error: { code: 503, status: "UNAVAILABLE", message: "The model is overloaded." } },
  limited: { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Resource has been exhausted." } },
};

/** The endpoint in OpenAI's format at which Vertex AI has the models of others, by a token. */
export class MaasApi implements StrictApi {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  refuse({ path: at, headers, json }: ApiRequest): ApiReply | undefined {
    if (headers.authorization !== `Bearer ${this.#token}`)
      return googleError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    if (!path.test(at)) return googleError(404, "NOT_FOUND", "Not found");
    if (!/^[\w-]+\/[\w.-]+-maas$/.test(wordsOf(json["model"])))
      return googleError(400, "INVALID_ARGUMENT", "model: Malformed publisher model");
    const fault = messagesFault(json);
    return fault === undefined ? undefined : googleError(400, "INVALID_ARGUMENT", fault);
  }

  reply({ json }: ApiRequest, answer: ScriptedAnswer): ApiReply {
    const model = wordsOf(json["model"]);
    const usage = usageOf(answer);
    const reason = reasons[stopOf(answer)];
    if (json["stream"] !== true) {
      const choices = [{ index: 0, message: { role: "assistant", ...wholeMessage(answer.parts) }, finish_reason: reason, logprobs: null }];
      return jsonReply(200, { ...head(model), object: "chat.completion", choices, usage });
    }
    const asksUsage = isObject(json["stream_options"] ?? null) && (json["stream_options"] as JsonMembers)["include_usage"] === true;
    const chunk = (delta: JsonMembers, finishReason: string | null = null): JsonMembers => ({
      ...head(model),
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
    });
    const begun = [chunk({ role: "assistant", content: "" }), ...deltasOf(answer.parts).map((delta) => chunk(delta))];
    if (answer.fault !== undefined) {
      const broken = answer.fault === "cut" ? [] : [[errors[answer.fault]]];
      return eventsReply(
        [...begun, ...broken].map((data) => ({ data })),
        { isCut: answer.fault === "cut" },
      );
    }
    const chunks = [...begun, chunk({}, reason), ...(asksUsage ? [{ ...chunk({}), choices: [], usage } as JsonMembers] : [])];
    const reply = eventsReply(chunks.map((data) => ({ data })));
    return { ...reply, pieces: [...reply.pieces, "data: [DONE]\n\n"] };
  }
}

function head(model: string): JsonMembers {
  return { id: "chatcmpl-fake", created: 1_700_000_000, model };
}

/** Each call is answered, in the messages right behind it. */
function messagesFault({ messages }: JsonMembers): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return "messages: at least one is required";
  let open = new Set<string>();
  for (const [index, message] of (messages as readonly JsonMembers[]).entries()) {
    const name = foreign.find((one) => message[one] !== undefined);
    if (name !== undefined) return `messages[${index}]: unknown name "${name}"`;
    if (message["role"] === "tool") {
      if (!open.delete(wordsOf(message["tool_call_id"]))) return `messages[${index}]: answers no call`;
      continue;
    }
    if (open.size > 0) return `messages[${index}]: calls have no answers: ${[...open].join(", ")}`;
    open = new Set(((message["tool_calls"] ?? []) as readonly JsonMembers[]).map(({ id }) => wordsOf(id)));
  }
  return open.size > 0 ? "messages: the last calls have no answers" : undefined;
}

function textOf(parts: readonly AnswerPart[], kind: "text" | "thinking"): string {
  return parts.map((part) => (part.kind === kind ? part.text : "")).join("");
}

function wholeMessage(parts: readonly AnswerPart[]): JsonMembers {
  const content = textOf(parts, "text");
  const calls = callsOf(parts);
  return {
    content: content === "" ? null : content,
    reasoning_content: textOf(parts, "thinking"),
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map(({ id, name, args }) => ({ id, type: "function", function: { name, arguments: JSON.stringify(args) } })) }),
  };
}

type Call = Extract<AnswerPart, { readonly kind: "call" }>;

function callsOf(parts: readonly AnswerPart[]): readonly Call[] {
  return parts.filter((part) => part.kind === "call");
}

function deltasOf(parts: readonly AnswerPart[]): readonly JsonMembers[] {
  return [
    ...piecesOf(textOf(parts, "thinking")).map((piece) => ({ reasoning_content: piece })),
    ...piecesOf(textOf(parts, "text")).map((content) => ({ content })),
    ...callsOf(parts).flatMap(({ id, name, args }, index) => [
      { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] },
      ...piecesOf(JSON.stringify(args)).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
  ];
}

function usageOf({ usage: { fresh, cacheRead, cacheWritten, output, thinking } }: ScriptedAnswer): JsonMembers {
  const prompt = fresh + cacheRead + cacheWritten;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: thinking },
  } satisfies Partial<Record<keyof OpenAI.CompletionUsage, unknown>>;
}

function googleError(code: number, status: string, message: string): ApiReply {
  // Behind Google's gateways a list may stand around the error.
  return jsonReply(code, [{ error: { code, status, message } }]);
}
