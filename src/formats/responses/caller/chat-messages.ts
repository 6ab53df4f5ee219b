import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { splitProof } from "../../kit/calls/proof-in-id.ts";
import { noChatForm } from "./no-chat-form.ts";
import { chatParts, plainContent } from "./chat-parts.ts";
import { readThinking } from "./kept-thinking.ts";
import { chatToolName, customInput } from "./tool-names.ts";
import { append } from "../../kit/append.ts";

/** Says instructions and the items of a request as a chat's messages. */
export function itemsToMessages(instructions: JsonValue | undefined, input: JsonValue | undefined): JsonMembers[] {
  const turns = new Turns();
  const system = plainContent(chatParts(instructions, "instructions"));
  if (system !== "") turns.add({ role: "system", content: system });
  if (typeof input === "string") turns.add({ role: "user", content: input });
  else
    for (const [index, value] of chatList(input, "input").entries()) {
      const path = `input[${index}]`;
      turns.item(chatMembers(value, path) ?? refuse(path, "an object"), path);
    }
  return turns.end();
}

/** What one message of the assistant is made of. */
interface Draft {
  reasoning: string;
  readonly thinking: JsonMembers[];
  readonly parts: JsonMembers[];
  readonly calls: JsonMembers[];
}

/** Items of what a provider's own tools have done, of which the answer tells what matters. */
const toldElsewhere: ReadonlySet<string> = new Set(["web_search_call", "file_search_call", "code_interpreter_call"]);

/**
 * Folds items into messages: reasoning, text and calls that follow one another are one message of the assistant, whose calls are followed by
 * their outputs at once.
 */
class Turns {
  readonly #messages: JsonMembers[] = [];
  #draft: Draft | undefined;
  /** What outputs hold that a tool's message may not: it follows the last of them. */
  #beside: JsonMembers[] = [];

  item(item: JsonMembers, path: string): void {
    const type = chatText(item["type"], `${path}.type`) ?? (item["role"] === undefined ? "item_reference" : "message");
    switch (type) {
      case "message":
        this.#message(item, path);
        return;
      case "reasoning":
        this.#reasoning(item, path);
        return;
      case "function_call":
        this.#call(item, chatText(item["arguments"], `${path}.arguments`) ?? "", path);
        return;
      case "custom_tool_call":
        this.#call(item, customInput(chatText(item["input"], `${path}.input`) ?? ""), path);
        return;
      case "function_call_output":
      case "custom_tool_call_output":
        this.#output(item, path);
        return;
      default:
        if (!toldElsewhere.has(type)) throw noChatForm(path);
    }
  }

  add(message: JsonMembers): void {
    this.#close();
    this.#tellBeside();
    this.#messages.push(message);
  }

  end(): JsonMembers[] {
    this.#close();
    this.#tellBeside();
    return this.#messages;
  }

  #message(item: JsonMembers, path: string): void {
    const parts = chatParts(item["content"], `${path}.content`);
    switch (item["role"]) {
      case "assistant":
        append(this.#assistant().parts, parts);
        return;
      case "user":
        this.add({ role: "user", content: parts.length > 1 ? parts : plainContent(parts) });
        return;
      case "system":
      case "developer":
        // Few hosts know the newer name, and all the older one.
        this.add({ role: "system", content: plainContent(parts) });
        return;
      default:
        refuse(`${path}.role`, "user, assistant, system or developer");
    }
  }

  #reasoning(item: JsonMembers, path: string): void {
    // Where text came before, the thinking is of what comes next. Behind a call nothing is parted from it, since its output must follow.
    if (this.#draft !== undefined && this.#draft.parts.length > 0 && this.#draft.calls.length === 0) this.#close();
    const draft = this.#assistant();
    const thinking = readThinking(item["encrypted_content"]);
    const told = chatList(item["content"], `${path}.content`);
    const texts = told.length > 0 ? told : chatList(item["summary"], `${path}.summary`);
    draft.reasoning += texts.map((part) => (isMembers(part) && typeof part["text"] === "string" ? part["text"] : "")).join("\n\n");
    if (thinking !== undefined) append(draft.thinking, thinking);
  }

  #call(item: JsonMembers, args: string, path: string): void {
    const { id, proof } = splitProof(chatText(item["call_id"], `${path}.call_id`) ?? refuse(`${path}.call_id`, "a text"));
    const name = chatText(item["name"], `${path}.name`) ?? refuse(`${path}.name`, "a text");
    this.#assistant().calls.push({
      id,
      type: "function",
      function: { name: chatToolName(name, chatText(item["namespace"], `${path}.namespace`)), arguments: args },
      ...(proof === undefined ? {} : { provider_specific_fields: { thought_signature: proof } }),
    });
  }

  #output(item: JsonMembers, path: string): void {
    const { id } = splitProof(chatText(item["call_id"], `${path}.call_id`) ?? refuse(`${path}.call_id`, "a text"));
    const parts = chatParts(item["output"], `${path}.output`);
    const others = parts.filter((part) => part["type"] !== "text");
    const text = plainContent(parts.filter((part) => part["type"] === "text"));
    this.#close();
    this.#messages.push({ role: "tool", tool_call_id: id, content: text === "" && others.length > 0 ? "[See what follows.]" : text });
    if (others.length > 0) append(this.#beside, [{ type: "text", text: `[From the output of the tool call ${id}:]` }, ...others]);
  }

  #assistant(): Draft {
    this.#tellBeside();
    return (this.#draft ??= { reasoning: "", thinking: [], parts: [], calls: [] });
  }

  #tellBeside(): void {
    if (this.#beside.length > 0) this.#messages.push({ role: "user", content: this.#beside });
    this.#beside = [];
  }

  #close(): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft === undefined) return;
    const { reasoning, thinking, parts, calls } = draft;
    // Reasoning that nothing came of, and that nobody can read, is no message.
    if (parts.length + calls.length + thinking.length === 0) return;
    this.#messages.push({
      role: "assistant",
      content: parts.length === 0 ? null : plainContent(parts),
      ...(thinking.length === 0 ? {} : { thinking_blocks: thinking }),
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    });
  }
}
