import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { FinishReason } from "../../kit/chat/chunk-writer.ts";
import { textAt } from "../../kit/chat/reply-fields.ts";
import type { Usage } from "../../../core/outcome.ts";
import { usageOf } from "../kit/read-usage.ts";

/** The members of an answer's `output`. */
export function outputOf(response: JsonMembers): readonly JsonMembers[] {
  const { output } = response;
  return Array.isArray(output) ? (output as readonly JsonValue[]).filter(isMembers) : [];
}

/** Why an answer ended, in chat's words. */
export function endOfResponse(response: JsonMembers): FinishReason {
  const details = response["incomplete_details"];
  const reason = isMembers(details) ? details["reason"] : undefined;
  if (response["status"] === "incomplete" && reason === "content_filter") return "content_filter";
  if (response["status"] === "incomplete") return "length";
  return outputOf(response).some(isToolCall) ? "tool_calls" : "stop";
}

/** Whether an item is a call that the caller has to answer. */
export function isToolCall({ type }: JsonMembers): boolean {
  return type === "function_call" || type === "custom_tool_call";
}

/** What an answer used, with the searches that its items show. */
export function usageOfResponse(response: JsonMembers): Usage | undefined {
  const usage = usageOf(response["usage"]);
  const webSearches = outputOf(response).filter(isSearch).length;
  return usage === undefined || webSearches === 0 ? usage : { ...usage, webSearches };
}

/** An item may also tell of a page that was opened, which is charged as no search. */
function isSearch({ type, action }: JsonMembers): boolean {
  return type === "web_search_call" && (!isMembers(action) || action["type"] === "search");
}

/** An annotation as chat has it: what it says of an address stands a level deeper. */
export function annotationOf(annotation: JsonMembers): JsonMembers {
  const { type, ...rest } = annotation;
  return typeof type === "string" ? { type, [type]: rest } : annotation;
}

/** Chat's `logprobs` of a piece of text; undefined where there are none. */
export function logprobsOf(list: JsonValue | undefined): JsonMembers | undefined {
  return Array.isArray(list) && list.length > 0 ? { content: list as readonly JsonValue[], refusal: null } : undefined;
}

/** A call of a custom tool as chat has it. */
export function customCall(item: JsonMembers): JsonMembers {
  return { id: textAt(item, "call_id"), type: "custom", custom: { name: textAt(item, "name"), input: textAt(item, "input") } };
}
