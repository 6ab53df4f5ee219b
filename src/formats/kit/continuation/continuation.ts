import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { BegunAnswer, Continuation, StreamEvent } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import { openAiBody } from "../openai-body.ts";
import { continueAnswer } from "./continue-answer.ts";

/**
 * How a host is asked to continue an answer: by an assistant message at the end of the conversation, which it takes as the beginning of its
 * own (`trailing`). vLLM has to be asked for that by fields of the request (`vllm`).
 */
export type ContinuationStyle = "trailing" | "vllm";

const vllmFields: ReadonlyMap<string, Buffer> = new Map([
  ["continue_final_message", Buffer.from("true")],
  ["add_generation_prompt", Buffer.from("false")],
]);

/** Makes what continues cut streams, for deployments of OpenAI's format. */
export function createContinuation(style: ContinuationStyle): Continuation {
  const set = style === "vllm" ? vllmFields : undefined;
  return {
    resume(call, begun) {
      const resumed = withMessage(call, begun, set);
      return resumed && { call: resumed, continued: continueAnswer(call, begun) };
    },
  };
}

/** The text of a chat chunk; undefined when the chunk adds anything else than text to its only choice. */
export function readChunkText(event: StreamEvent): string | undefined {
  const chunk = parse(event.data);
  const choices = fieldsOf(chunk)?.["choices"];
  if (!Array.isArray(choices) || choices.length !== 1) return undefined;
  const choice = fieldsOf(choices[0]);
  const delta = fieldsOf(choice?.["delta"]);
  if (choice === undefined || delta === undefined || (choice["index"] ?? 0) !== 0) return undefined;
  for (const [key, value] of Object.entries(delta)) if (key !== "role" && key !== "content" && isFilled(value)) return undefined;
  const { content } = delta;
  return typeof content === "string" ? content : undefined;
}

function withMessage(call: Call, begun: BegunAnswer, style: ReadonlyMap<string, Buffer> | undefined): Call | undefined {
  const original = openAiBody(call);
  if (original instanceof RouterError) return undefined;
  const { bytes, members } = original;
  const messages = members.findLast((member) => member.key === "messages");
  if (messages === undefined) return call;
  // The message goes before the closing bracket, and is the first one of an empty list.
  const close = messages.valueEnd - 1;
  const isEmpty = bytes.toString("latin1", messages.valueStart + 1, close).trim() === "";
  const message = `${isEmpty ? "" : ","}${JSON.stringify({ role: "assistant", content: begun.text })}`;
  const longer = Buffer.concat([bytes.subarray(0, close), Buffer.from(message), bytes.subarray(close)]);
  const { maxOutputTokens } = call;
  // At least one, so that the deployment says why the answer ends.
  const rest = maxOutputTokens === undefined ? undefined : Math.max(maxOutputTokens - begun.pieces, 1);
  const set = new Map(style);
  for (const { key } of members) if (caps.has(key) && rest !== undefined) set.set(key, Buffer.from(String(rest)));
  const body = { bytes: longer, members: scanMembers(longer) };
  if (set.size === 0) return { ...call, body, foreign: undefined };
  const edited = Buffer.concat(spliceObject(body, { set }));
  return { ...call, maxOutputTokens: rest, body: { bytes: edited, members: scanMembers(edited) }, foreign: undefined };
}

const caps: ReadonlySet<string> = new Set(["max_tokens", "max_completion_tokens"]);

type Fields = Readonly<Record<string, unknown>>;

function parse(data: Buffer | undefined): unknown {
  try {
    return data === undefined ? undefined : JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function isFilled(value: unknown): boolean {
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  return value !== null && value !== undefined;
}
