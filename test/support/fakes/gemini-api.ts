import type { Candidate, Content, GenerateContentResponseUsageMetadata, GenerationConfig, Part, Tool, ToolConfig } from "@google/genai";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { geminiBody } from "./gemini-shapes.ts";
import { type AnswerPart, piecesOf, type ScriptedAnswer, type ScriptedUsage, stopOf } from "./scripted-answer.ts";
import { type ApiReply, type ApiRequest, eventsReply, jsonReply, type StrictApi } from "./strict-host.ts";

/** What stands for the signature of a call that another provider's model made. */
const skippedSignatures: ReadonlySet<string> = new Set([
  Buffer.from("skip_thought_signature_validator").toString("base64"),
  Buffer.from("context_engineering_is_the_way_to_go").toString("base64"),
]);

const studioPath = /^\/v1(?:alpha|beta)?\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;
const vertexPath =
  /^\/v1(?:beta1)?\/projects\/[^/]+\/locations\/[^/]+\/publishers\/google\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

/** Gemini's API: Google AI Studio's, by a key, or Vertex AI's, by a token. */
export class GeminiApi implements StrictApi {
  readonly #credentials: { readonly key: string } | { readonly token: string };
  readonly #given = new Set<string>();

  constructor(credentials: { readonly key: string } | { readonly token: string }) {
    this.#credentials = credentials;
  }

  refuse(request: ApiRequest): ApiReply | undefined {
    const { method, path, query, headers, json } = request;
    const credentials = this.#credentials;
    const [, model = "", operation] = ("key" in credentials ? studioPath : vertexPath).exec(path) ?? [];
    const stranger =
      "key" in credentials ? keyFault(headers["x-goog-api-key"], credentials.key) : tokenFault(headers.authorization, credentials.token);
    if (stranger !== undefined) return stranger;
    if (method !== "POST" || operation === undefined) return googleError(404, "NOT_FOUND", `models/${model} is not found`);
    if (operation === "streamGenerateContent" && query.get("alt") !== "sse") return googleError(400, "INVALID_ARGUMENT", "alt must be sse");
    if (headers["content-type"]?.startsWith("application/json") !== true) return googleError(400, "INVALID_ARGUMENT", "no JSON");
    const fault =
      geminiBody(json, "") ??
      ("key" in credentials && json["labels"] !== undefined ? "labels: Cannot find field." : undefined) ??
      contentsFault(json["contents"] as never) ??
      signatureFault(json["contents"] as never, model, this.#given) ??
      settingsFault(json, model);
    return fault === undefined ? undefined : googleError(400, "INVALID_ARGUMENT", fault);
  }

  reply({ path }: ApiRequest, answer: ScriptedAnswer): ApiReply {
    for (const part of answer.parts) {
      if ((part.kind === "call" || part.kind === "text") && part.signature !== undefined) this.#given.add(part.signature);
    }
    const model = /models\/([^:]+)/.exec(path)?.[1] ?? "";
    const parts = answer.parts.flatMap((part) => partsOf(part, /gemini-3/.test(model)));
    if (!path.endsWith(":streamGenerateContent")) return jsonReply(200, response(model, parts, answer.usage, reasonOf(answer)));
    const pieces = parts.flatMap(inPieces);
    const soFar = { ...answer.usage, output: Math.min(answer.usage.output, answer.usage.thinking + 1) };
    const last = pieces.length - 1;
    const events: { data: unknown }[] = pieces.map((part, index) => ({
      data:
        index === last && answer.fault === undefined
          ? response(model, [part], answer.usage, reasonOf(answer))
          : response(model, [part], soFar, undefined),
    }));
    if (answer.fault === "overloaded") events.push({ data: errorBody(503, "UNAVAILABLE", "The model is overloaded.") });
    if (answer.fault === "limited") events.push({ data: errorBody(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.") });
    return eventsReply(events, { isCut: answer.fault === "cut" });
  }
}

function keyFault(shown: string | readonly string[] | undefined, key: string): ApiReply | undefined {
  if (shown === key) return undefined;
  if (shown === undefined) return googleError(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.");
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" }];
  return googleError(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", details);
}

function tokenFault(shown: string | undefined, token: string): ApiReply | undefined {
  if (shown === `Bearer ${token}`) return undefined;
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "ACCESS_TOKEN_EXPIRED", domain: "googleapis.com" }];
  return googleError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", details);
}

/** Turns alternate, and what calls of functions came to stands right behind them, one for each. */
function contentsFault(contents: readonly { role: string; parts: readonly Part[] }[]): string | undefined {
  const [first] = contents;
  if (first === undefined) return "contents: contents is not specified";
  for (const [index, { role, parts }] of contents.entries()) {
    const before = contents[index - 1];
    if (before?.role === role) return `contents[${index}]: roles must alternate`;
    const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    const responses = parts.filter(({ functionResponse }) => functionResponse !== undefined);
    const asked = before?.parts.filter(({ functionCall }) => functionCall !== undefined) ?? [];
    if (calls.length > 0 && (role !== "model" || before === undefined)) {
      return "Please ensure that function call turn comes immediately after a user turn or after a function response turn.";
    }
    if (responses.length > 0 && role !== "user") return "functionResponse parts must be in a user turn";
    if (responses.length !== asked.length) {
      return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
    }
    for (const [at, { functionResponse }] of responses.entries()) {
      const call = asked[at]?.functionCall;
      if (functionResponse?.name !== call?.name)
        return `contents[${index}]: function response parts must have the names of their calls, in order`;
      if (functionResponse?.response === undefined) return `contents[${index}]: function_response.response is required`;
      if (functionResponse.id !== call?.id) return `contents[${index}]: function response parts must have the ids of their calls`;
    }
  }
  const calls = contents.at(-1)?.parts.some(({ functionCall }) => functionCall !== undefined);
  return calls === true ? "Please ensure that function call turn is followed by a function response turn." : undefined;
}

function signatureFault(contents: readonly { parts: readonly Part[] }[], model: string, given: ReadonlySet<string>): string | undefined {
  for (const [index, { parts }] of contents.entries()) {
    const first = parts.find(({ functionCall }) => functionCall !== undefined);
    if (first !== undefined && first.thoughtSignature === undefined && /gemini-3/.test(model)) {
      return `Function call is missing a thought_signature in functionCall parts: contents[${index}].`;
    }
    for (const { thoughtSignature } of parts) {
      if (thoughtSignature !== undefined && !given.has(thoughtSignature) && !skippedSignatures.has(thoughtSignature)) {
        return `Thought signature is not valid: contents[${index}].`;
      }
    }
  }
  return undefined;
}

function settingsFault(json: JsonMembers, model: string): string | undefined {
  const {
    generationConfig: config = {},
    tools = [],
    toolConfig,
  } = json as unknown as {
    generationConfig?: GenerationConfig;
    tools?: readonly Tool[];
    toolConfig?: ToolConfig;
  };
  const names = tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name));
  if (new Set(names).size < names.length) return "tools: Duplicate function declaration found";
  const { mode, allowedFunctionNames: allowed } = toolConfig?.functionCallingConfig ?? {};
  if (toolConfig?.functionCallingConfig !== undefined && names.length === 0)
    return "Function calling config is set without function_declarations.";
  if (allowed !== undefined && String(mode) !== "ANY")
    return "allowed_function_names should only be set when function calling mode is ANY.";
  if (allowed?.some((name) => !names.includes(name)) === true) return "allowed_function_names must be declared.";
  const { thinkingLevel, thinkingBudget } = config.thinkingConfig ?? {};
  if (thinkingLevel !== undefined && thinkingBudget !== undefined)
    return "You can only set only one of thinking budget and thinking level.";
  if (thinkingLevel !== undefined && !/gemini-3/.test(model)) return "Thinking level is not supported for this model.";
  const { responseSchema, responseJsonSchema, responseMimeType } = config;
  if (responseSchema !== undefined && responseJsonSchema !== undefined)
    return "Only one of response_schema and response_json_schema can be set.";
  if ((responseSchema ?? responseJsonSchema) !== undefined && responseMimeType !== "application/json") {
    return "response_mime_type must be application/json with a response schema.";
  }
  return responseMimeType === "application/json" && names.length > 0 && !/gemini-3/.test(model)
    ? "Function calling with a response mime type: 'application/json' is unsupported"
    : undefined;
}

/** The proof of a text comes behind all of it, with a part of its own. */
function inPieces({ text, thoughtSignature, ...part }: Part): readonly Part[] {
  const signed = thoughtSignature === undefined ? {} : { thoughtSignature };
  if (text === undefined) return [{ ...part, ...signed }];
  return [
    ...piecesOf(text).map((piece) => ({ ...part, text: piece })),
    ...(thoughtSignature === undefined ? [] : [{ text: "", ...signed }]),
  ];
}

/** @param hasIds Whether the model's calls have ids. */
function partsOf(part: AnswerPart, hasIds: boolean): readonly Part[] {
  switch (part.kind) {
    case "text":
      return [{ text: part.text, ...(part.signature === undefined ? {} : { thoughtSignature: part.signature }) }];
    case "thinking":
      return [{ text: part.text, thought: true }];
    case "redacted":
      return [];
    default:
      return [
        {
          functionCall: { ...(hasIds ? { id: part.id } : {}), name: part.name, args: part.args },
          ...(part.signature === undefined ? {} : { thoughtSignature: part.signature }),
        },
      ];
  }
}

const reasons = { end: "STOP", tools: "STOP", length: "MAX_TOKENS", refusal: "SAFETY" } as const;

function reasonOf(answer: ScriptedAnswer): string {
  return reasons[stopOf(answer)];
}

function response(model: string, parts: Part[], usage: ScriptedUsage, finishReason: string | undefined): object {
  const content: Content = { role: "model", parts };
  const candidate = { content, index: 0, ...(finishReason === undefined ? {} : { finishReason }) };
  return {
    candidates: [candidate satisfies Omit<Candidate, "finishReason">],
    usageMetadata: usageOf(usage),
    modelVersion: model,
    responseId: "fake-response",
  };
}

function usageOf({ fresh, cacheRead, cacheWritten, output, thinking }: ScriptedUsage): GenerateContentResponseUsageMetadata {
  const prompt = fresh + cacheRead + cacheWritten;
  return {
    promptTokenCount: prompt,
    ...(cacheRead === 0 ? {} : { cachedContentTokenCount: cacheRead }),
    candidatesTokenCount: output - thinking,
    ...(thinking === 0 ? {} : { thoughtsTokenCount: thinking }),
    totalTokenCount: prompt + output,
  };
}

function errorBody(code: number, status: string, message: string, details: readonly object[] = []): object {
  return { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } };
}

/** An error as Google says it. */
export function googleError(code: number, status: string, message: string, details: readonly object[] = []): ApiReply {
  return jsonReply(code, errorBody(code, status, message, details));
}
