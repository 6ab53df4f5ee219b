import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { assistantMessages } from "./chat-assistant.ts";
import { cannotSay } from "./cannot-say.ts";
import { contentParts } from "./chat-parts.ts";
import { splitProof } from "../../kit/calls/proof-in-id.ts";
import { append } from "../../kit/append.ts";

/** Says Anthropic's instructions and turns as OpenAI's messages. A user's turn may become several: one for each result of a tool, before the rest. */
export function toChatMessages(system: JsonValue | undefined, messages: readonly JsonValue[]): JsonMembers[] {
  const written = instructions(system, "system", true);
  for (const [index, value] of messages.entries()) {
    const path = `messages[${index}]`;
    const message = chatMembers(value, path) ?? refuse(path, "an object");
    const { role, content } = message;
    switch (role) {
      case "user":
        append(written, userMessages(content, `${path}.content`));
        break;
      case "assistant":
        append(written, assistantMessages(content, `${path}.content`));
        break;
      case "system":
        append(written, instructions(content, `${path}.content`, false));
        break;
      default:
        refuse(`${path}.role`, "user, assistant or system");
    }
  }
  return written;
}

/** What agents tell Anthropic of who pays. Anyone else would read it as a part of the prompt, and it differs from one conversation to the next. */
const billingHeader = "x-anthropic-billing-header:";

/** @param mayBill Whether its first block may be no instruction but {@link billingHeader}. */
function instructions(content: JsonValue | undefined, path: string, mayBill: boolean): JsonMembers[] {
  if (content === undefined || content === null || content === "") return [];
  if (typeof content === "string") return [{ role: "system", content }];
  const parts: JsonMembers[] = [];
  for (const [index, value] of chatList(content, path).entries()) {
    const block = chatMembers(value, `${path}[${index}]`) ?? refuse(`${path}[${index}]`, "an object");
    // Tools that come and go in mid-conversation.
    if (block["type"] !== "text") throw cannotSay(`${path}[${index}]`);
    const text = chatText(block["text"], `${path}[${index}].text`) ?? "";
    if (text === "" || (mayBill && index === 0 && text.startsWith(billingHeader))) continue;
    parts.push({ type: "text", text, ...markOf(block) });
  }
  return parts.length === 0 ? [] : [{ role: "system", content: parts }];
}

function userMessages(content: JsonValue | undefined, path: string): JsonMembers[] {
  if (typeof content === "string") return [{ role: "user", content }];
  const written: JsonMembers[] = [];
  const rest: JsonMembers[] = [];
  for (const [index, value] of chatList(content, path).entries()) {
    const block = chatMembers(value, `${path}[${index}]`) ?? refuse(`${path}[${index}]`, "an object");
    if (block["type"] === "tool_result") written.push(resultMessage(block, `${path}[${index}]`, rest));
    else append(rest, contentParts(block, `${path}[${index}]`));
  }
  if (rest.length > 0) written.push({ role: "user", content: rest });
  return written;
}

/** What begins the text of a result that is a failure: OpenAI's message cannot say so otherwise. */
const failure = "Error: ";

/** @param beside Gets what a result may not hold in a chat: images, documents. */
function resultMessage(block: JsonMembers, path: string, beside: JsonMembers[]): JsonMembers {
  const { content, is_error: isError } = block;
  const { id } = splitProof(chatText(block["tool_use_id"], `${path}.tool_use_id`) ?? refuse(`${path}.tool_use_id`, "a text"));
  const parts: JsonMembers[] =
    typeof content === "string"
      ? [{ type: "text", text: content }]
      : chatList(content, `${path}.content`).flatMap((value, index) =>
          contentParts(chatMembers(value, `${path}.content[${index}]`) ?? {}, `${path}.content[${index}]`),
        );
  const texts = parts.filter((part) => part["type"] === "text");
  const others = parts.filter((part) => part["type"] !== "text");
  if (others.length > 0) append(beside, [{ type: "text", text: `[From the result of the tool call ${id}:]` }, ...others]);
  const first = texts[0]?.["text"];
  const told = typeof first === "string" ? first : others.length > 0 ? "[See what follows the results.]" : "";
  const text = isError === true ? failure + told : told;
  const mark = markOf(block);
  const isPlain = texts.length <= 1 && mark["cache_control"] === undefined && texts[0]?.["cache_control"] === undefined;
  return {
    role: "tool",
    tool_call_id: id,
    content: isPlain ? text : [{ ...texts[0], type: "text", text }, ...texts.slice(1)],
    ...(isError === true ? { provider_specific_fields: { is_error: true } } : {}),
    ...mark,
  };
}

/** A block's mark of the cache, as a member. */
function markOf({ cache_control: mark }: JsonMembers): JsonMembers {
  return isMembers(mark) ? { cache_control: mark } : {};
}
