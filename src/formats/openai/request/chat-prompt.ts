import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import { openAiBody } from "../../kit/openai-body.ts";
import { asFields } from "../reply/choice-end.ts";

/** What a text completion has no word for. A call that asks for it cannot be served by a prompt. */
const askedFor = ["tools", "functions", "response_format", "logprobs", "audio"] as const;

/** The members of a chat call that text completions do not know. */
const chatOnly: ReadonlySet<string> = new Set([
  "messages",
  ...askedFor,
  "tool_choice",
  "function_call",
  "parallel_tool_calls",
  "top_logprobs",
  "modalities",
  "prediction",
  "reasoning_effort",
  "verbosity",
  "web_search_options",
  "store",
  "metadata",
  "service_tier",
]);

/**
 * Makes a chat call one for a text completion. Its prompt is the text of the messages in their order, a blank line between two, without their roles:
 * what a completion model continues has no template.
 * @param dropped Members that are left out of every request, so that nothing is missed of them.
 * @returns `cannot_serve_this` where the call asks for what a text completion does not have: tools, an answer by a schema, images.
 */
export function promptCall(call: Call, deploymentId: string, dropped: ReadonlySet<string>): Call | RouterError {
  const body = openAiBody(call);
  if (body instanceof RouterError) return body;
  const { bytes, members } = body;
  let prompt: string | undefined = "";
  for (const { key, valueStart, valueEnd } of members) {
    if (!chatOnly.has(key)) continue;
    const value: unknown = JSON.parse(bytes.toString("utf8", valueStart, valueEnd));
    if (key === "messages") prompt = promptOf(value);
    else if (askedFor.some((name) => name === key) && !dropped.has(key) && isAsked(value)) return unfit(deploymentId, key);
  }
  if (prompt === undefined) return unfit(deploymentId, "messages");
  const set = new Map([["prompt", Buffer.from(JSON.stringify(prompt))]]);
  const written = Buffer.concat(spliceObject(body, { set, remove: chatOnly }));
  return { ...call, endpoint: "completions", body: { bytes: written, members: scanMembers(written) }, foreign: undefined };
}

/** @returns Undefined where a message holds anything but text. */
function promptOf(messages: unknown): string | undefined {
  const texts: string[] = [];
  for (const message of Array.isArray(messages) ? (messages as readonly unknown[]) : []) {
    const fields = asFields(message);
    const text = textOf(fields?.["content"]);
    if (text === undefined || isAsked(fields?.["tool_calls"])) return undefined;
    texts.push(text);
  }
  return texts.join("\n\n");
}

function textOf(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (!Array.isArray(content)) return undefined;
  const parts = (content as readonly unknown[]).map((part) => asFields(part)?.["text"]);
  return parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
}

function isAsked(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false;
  return Array.isArray(value) ? value.length > 0 : asFields(value)?.["type"] !== "text";
}

function unfit(deploymentId: string, param: string): RouterError {
  const what = param === "messages" ? "`messages` that hold more than text" : `\`${param}\``;
  const message = `Deployment ${deploymentId} takes text completions, which cannot have ${what}.`;
  return new RouterError("cannot_serve_this", message, { deploymentId, param });
}
