import type { ContentBlock, ContentBlockDelta, ConverseResponse, Message, TokenUsage, Tool } from "@aws-sdk/client-bedrock-runtime";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { eventFrame, exceptionFrame } from "../../formats/kit/event-stream/frames.ts";
import { fakeEvents, fakeMessage } from "./anthropic-messages.ts";
import { hostedMessagesBody } from "./anthropic-shapes.ts";
import { type AwsKeys, signatureFault } from "./aws-signature.ts";
import { converseBody } from "./bedrock-shapes.ts";
import { fakeClaude, messagesFault } from "./claude-rules.ts";
import { type AnswerPart, piecesOf, type ScriptedAnswer, type ScriptedUsage, stopOf } from "./scripted-answer.ts";
import { type ApiReply, type ApiRequest, jsonReply, type StrictApi } from "./strict-host.ts";

const operations = /^\/model\/([^/]+)\/(converse|converse-stream|invoke|invoke-with-response-stream)$/;
const invokeBody = hostedMessagesBody("bedrock-2023-05-31");
const frameType = "application/vnd.amazon.eventstream";

/** Bedrock's runtime: Converse, and for Claude InvokeModel, by a bearer's key or by signed requests. */
export class BedrockApi implements StrictApi {
  readonly #credentials: { readonly bearer: string } | { readonly keys: AwsKeys; readonly region: string };
  readonly #given = new Map<string, string>();

  constructor(credentials: { readonly bearer: string } | { readonly keys: AwsKeys; readonly region: string }) {
    this.#credentials = credentials;
  }

  refuse(request: ApiRequest): ApiReply | undefined | Promise<ApiReply | undefined> {
    const credentials = this.#credentials;
    if ("keys" in credentials) {
      return signatureFault(request, credentials.keys, credentials.region).then((fault) =>
        fault === undefined ? this.#refuseBody(request) : awsError(403, fault.type, fault.message),
      );
    }
    if (request.headers.authorization !== `Bearer ${credentials.bearer}`) {
      return awsError(403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.");
    }
    return this.#refuseBody(request);
  }

  #refuseBody({ method, path, headers, json }: ApiRequest): ApiReply | undefined {
    const [, id = "", operation] = operations.exec(path) ?? [];
    if (method !== "POST" || operation === undefined) return awsError(404, "UnknownOperationException", "");
    const model = decodeURIComponent(id);
    if (!/anthropic\.claude|amazon\.nova/.test(model)) return invalid("The provided model identifier is invalid.");
    if (headers["content-type"]?.startsWith("application/json") !== true) return invalid("The Content Type is not supported.");
    const fault = operation.startsWith("converse")
      ? (converseBody(json, "") ?? converseFault(json, model, this.#given))
      : (invokeBody(json, "") ?? messagesFault(json, fakeClaude(model), this.#given));
    return fault === undefined ? undefined : invalid(fault);
  }

  reply({ path }: ApiRequest, answer: ScriptedAnswer): ApiReply {
    for (const part of answer.parts) if (part.kind === "thinking") this.#given.set(part.signature, part.text);
    const [, id = "", operation] = operations.exec(path) ?? [];
    const model = decodeURIComponent(id);
    switch (operation) {
      case "converse":
        return jsonReply(200, wholeReply(answer), { "x-amzn-requestid": "fake" });
      case "invoke":
        return jsonReply(200, fakeMessage(model, answer), { "x-amzn-requestid": "fake" });
      case "converse-stream":
        return framed(converseFrames(answer), answer);
      default:
        return framed(
          fakeEvents(model, { ...answer, ...(answer.fault === undefined ? {} : { fault: "cut" }) })
            // Bedrock sends no signs of life.
            .filter(({ type }) => type !== "ping")
            .map((event) => eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "abcdef" })),
          answer,
        );
    }
  }
}

function framed(frames: readonly Buffer[], { fault }: ScriptedAnswer): ApiReply {
  const broken =
    fault === "overloaded"
      ? [exceptionFrame("serviceUnavailableException", { message: "Bedrock is unable to process your request." })]
      : fault === "limited"
        ? [exceptionFrame("throttlingException", { message: "Too many tokens, please wait before trying again." })]
        : [];
  const headers = { "content-type": frameType, "x-amzn-requestid": "fake" };
  return { kind: "reply", status: 200, headers, pieces: [...frames, ...broken], end: fault === "cut" ? "cut" : "end" };
}

/** What Converse refuses of a body whose members are all known. Claude's own rules hold behind it too. */
function converseFault(json: JsonMembers, model: string, given: ReadonlyMap<string, string>): string | undefined {
  const { messages = [], toolConfig } = json as unknown as { messages?: readonly Message[]; toolConfig?: { tools: readonly Tool[] } };
  const all = messages.flatMap(({ content = [] }) => content);
  if (messages.length === 0)
    return "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
  if (toolConfig === undefined && all.some((block) => "toolUse" in block || "toolResult" in block)) {
    return "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
  }
  if (messages.some(({ content = [] }) => content.some((block) => "document" in block) && !content.some((block) => "text" in block))) {
    return "A text block is required when a document is.";
  }
  const documents = all.flatMap((block) => (block.document === undefined ? [] : [block.document.name]));
  if (new Set(documents).size < documents.length) return "Document names must be unique.";
  return messagesFault(asMessages(json), /claude/.test(model) ? fakeClaude(model) : { isNew: false }, given);
}

/** A Converse body as one of Messages, for the rules that both have. */
function asMessages(json: JsonMembers): JsonMembers {
  const {
    messages,
    system = [],
    inferenceConfig = {},
    toolConfig,
    additionalModelRequestFields: more = {},
  } = json as unknown as {
    messages: readonly Message[];
    system?: readonly object[];
    inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number };
    toolConfig?: { tools: readonly Tool[]; toolChoice?: { any?: object; tool?: { name: string } } };
    additionalModelRequestFields?: JsonMembers;
  };
  const choice = toolConfig?.toolChoice;
  const tools = toolConfig?.tools.map((tool) => (tool.toolSpec === undefined ? tool : { name: tool.toolSpec.name }));
  return JSON.parse(
    JSON.stringify({
      messages: messages.map(({ role, content = [] }) => ({ role, content: withMarks(content.map(asBlock)) })),
      system: withMarks(system),
      max_tokens: inferenceConfig.maxTokens,
      temperature: inferenceConfig.temperature,
      top_p: inferenceConfig.topP,
      top_k: more["top_k"],
      thinking: more["thinking"],
      tools: tools === undefined ? undefined : withMarks(tools),
      tool_choice:
        choice === undefined
          ? undefined
          : choice.tool !== undefined
            ? { type: "tool", name: choice.tool.name }
            : { type: choice.any === undefined ? "auto" : "any" },
    }),
  ) as JsonMembers;
}

function asBlock(block: ContentBlock): object {
  if (block.text !== undefined) return { type: "text", text: block.text };
  if (block.toolUse !== undefined) return { type: "tool_use", id: block.toolUse.toolUseId };
  if (block.toolResult !== undefined) return { type: "tool_result", tool_use_id: block.toolResult.toolUseId };
  if (block.reasoningContent?.reasoningText !== undefined) {
    const { text, signature } = block.reasoningContent.reasoningText;
    return { type: "thinking", thinking: text, signature };
  }
  if (block.reasoningContent !== undefined) return { type: "redacted_thinking" };
  return block.cachePoint === undefined ? { type: "media" } : block;
}

/** A point of the cache marks what stands before it. */
function withMarks(blocks: readonly object[]): readonly object[] {
  return blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    if ("cachePoint" in block) return [];
    return [next !== undefined && "cachePoint" in next ? { ...block, cache_control: {} } : block];
  });
}

const reasons = { end: "end_turn", length: "max_tokens", tools: "tool_use", refusal: "content_filtered" } as const;

function wholeReply(answer: ScriptedAnswer): object {
  const content = answer.parts.map(wholeBlock);
  return {
    output: { message: { role: "assistant", content } },
    stopReason: reasons[stopOf(answer)],
    usage: usageOf(answer.usage),
    metrics: { latencyMs: 1 },
    ...thinkingOf(answer.usage),
  } satisfies ConverseResponse;
}

function wholeBlock(part: AnswerPart): ContentBlock {
  switch (part.kind) {
    case "text":
      return { text: part.text };
    case "thinking":
      return { reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } };
    case "redacted":
      // Bytes go over the wire as base64.
      return { reasoningContent: { redactedContent: part.data as never } };
    default:
      return { toolUse: { toolUseId: part.id, name: part.name, input: part.args as never } };
  }
}

function usageOf({ fresh, cacheRead, cacheWritten, output }: ScriptedUsage): TokenUsage {
  return {
    inputTokens: fresh,
    outputTokens: output,
    totalTokens: fresh + output,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWritten,
  };
}

/** What is told of thinking where it was asked for by its path. */
function thinkingOf({ thinking }: ScriptedUsage): { additionalModelResponseFields: never } {
  return { additionalModelResponseFields: { usage: { output_tokens_details: { thinking_tokens: thinking } } } as never };
}

function converseFrames(answer: ScriptedAnswer): readonly Buffer[] {
  const frames = [eventFrame("messageStart", { role: "assistant", p: "abc" })];
  for (const [contentBlockIndex, part] of answer.parts.entries()) {
    if (part.kind === "call") {
      const start = { toolUse: { toolUseId: part.id, name: part.name } };
      frames.push(eventFrame("contentBlockStart", { contentBlockIndex, start, p: "abcd" }));
    }
    for (const delta of deltasOf(part)) frames.push(eventFrame("contentBlockDelta", { contentBlockIndex, delta, p: "abcdefgh" }));
    frames.push(eventFrame("contentBlockStop", { contentBlockIndex, p: "ab" }));
  }
  if (answer.fault !== undefined) return frames;
  return [
    ...frames,
    eventFrame("messageStop", { stopReason: reasons[stopOf(answer)], ...thinkingOf(answer.usage), p: "abcde" }),
    eventFrame("metadata", { usage: usageOf(answer.usage), metrics: { latencyMs: 1 }, p: "a" }),
  ];
}

function deltasOf(part: AnswerPart): readonly ContentBlockDelta[] {
  switch (part.kind) {
    case "text":
      return piecesOf(part.text).map((text) => ({ text }));
    case "thinking":
      return [...piecesOf(part.text).map((text) => ({ reasoningContent: { text } })), { reasoningContent: { signature: part.signature } }];
    case "redacted":
      return [{ reasoningContent: { redactedContent: part.data as never } }];
    default:
      return piecesOf(JSON.stringify(part.args)).map((input) => ({ toolUse: { input } }));
  }
}

function invalid(message: string): ApiReply {
  return awsError(400, "ValidationException", message);
}

/** An error as AWS says it. */
export function awsError(status: number, type: string, message: string): ApiReply {
  return jsonReply(status, { message }, { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/`, "x-amzn-requestid": "fake" });
}
