import type { Call } from "../../../core/call.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { withProof } from "../../kit/calls/proof-in-id.ts";
import { ItemQueue } from "./item-queue.ts";
import type { Send } from "./output-items.ts";
import { callerTools } from "./tool-names.ts";
import { bridgedMark, bridgedName } from "./bridged-ids.ts";

/** Makes the items of a response of what a chat's message tells, whole or in pieces. */
export class ResponseDraft {
  readonly #call: Call;
  readonly #queue: ItemQueue;
  #calls = 0;
  #finish: JsonValue | undefined;

  constructor(call: Call, send: Send) {
    this.#call = call;
    const keepsProofs = wantsProofs(call);
    this.#queue = new ItemQueue({ send, idEnd: `${bridgedMark}${bridgedName(call)}_`, keepsProofs, tools: callerTools(call) });
  }

  /** @param message A message, or a piece of one. */
  read(message: JsonMembers, logprobs?: JsonValue): void {
    this.#readThinking(message);
    const { content, refusal, annotations, tool_calls: calls, function_call: old } = message;
    const text = typeof content === "string" ? content : textOfParts(content);
    const cited = annotationsOf(annotations);
    const odds = isMembers(logprobs) && Array.isArray(logprobs["content"]) ? (logprobs["content"] as readonly JsonValue[]) : undefined;
    if (text !== "" || cited.length > 0) this.#queue.text({ type: "output_text", text, annotations: cited, logprobs: odds });
    if (typeof refusal === "string" && refusal !== "") this.#queue.text({ type: "refusal", text: refusal });
    if (Array.isArray(calls)) for (const one of calls as readonly JsonValue[]) if (isMembers(one)) this.#readCall(one);
    if (isMembers(old)) this.#readCall({ index: 0, function: old });
  }

  finish(reason: JsonValue | undefined): void {
    this.#finish = reason ?? this.#finish;
  }

  /** No more comes. @returns What the response says of how it ended, and its items. */
  end(): JsonMembers {
    const reason = this.#finish === "length" ? "max_output_tokens" : this.#finish === "content_filter" ? "content_filter" : undefined;
    this.#queue.end(reason !== undefined);
    return {
      status: reason === undefined ? "completed" : "incomplete",
      error: null,
      incomplete_details: reason === undefined ? null : { reason },
      output: this.#queue.output,
    };
  }

  /** The items that are done, with what proves the thinking in them, whether the caller has asked for that or not. */
  get kept(): readonly JsonMembers[] {
    return this.#queue.kept;
  }

  /** The items that are done. */
  get output(): readonly JsonMembers[] {
    return this.#queue.output;
  }

  #readThinking(message: JsonMembers): void {
    const { thinking_blocks: blocks, reasoning_content: content, reasoning } = message;
    if (!Array.isArray(blocks) || blocks.length === 0) {
      const text = typeof content === "string" && content !== "" ? content : reasoning;
      if (typeof text === "string" && text !== "") this.#queue.reasoning(text);
      return;
    }
    for (const block of blocks as readonly JsonValue[]) {
      if (!isMembers(block)) continue;
      const { thinking, signature } = block;
      if (block["type"] === "redacted_thinking") this.#queue.redacted(block);
      if (typeof thinking === "string" && thinking !== "") this.#queue.reasoning(thinking);
      if (typeof signature === "string" && signature !== "") this.#queue.sign(signature);
    }
  }

  #readCall(call: JsonMembers): void {
    const { index, id, function: definition, provider_specific_fields: fields } = call;
    const { name, arguments: args } = isMembers(definition) ? definition : {};
    const proof = isMembers(fields) && typeof fields["thought_signature"] === "string" ? fields["thought_signature"] : undefined;
    const givenId = typeof id === "string" && id !== "" ? id : undefined;
    this.#queue.call({
      index: typeof index === "number" ? index : undefined,
      givenId,
      name: typeof name === "string" && name !== "" ? name : undefined,
      toId: () => withProof(givenId ?? `call_${this.#call.id.replaceAll("-", "")}_${this.#calls++}`, proof),
      args: isMembers(args) ? JSON.stringify(args) : typeof args === "string" ? args : "",
    });
  }
}

const proofsInclude = "reasoning.encrypted_content";

/** Whether the caller keeps the transcript itself, and is to have in it what proves a model's thinking. */
function wantsProofs({ body }: Call): boolean {
  const member = body.members.findLast(({ key }) => key === "include");
  return member !== undefined && body.bytes.toString("latin1", member.valueStart, member.valueEnd).includes(proofsInclude);
}

/** Some hosts tell the answer in parts. */
function textOfParts(content: JsonValue | undefined): string {
  if (!Array.isArray(content)) return "";
  return (content as readonly JsonValue[])
    .map((part) => (isMembers(part) && typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

function annotationsOf(annotations: JsonValue | undefined): readonly JsonMembers[] {
  if (!Array.isArray(annotations)) return [];
  return (annotations as readonly JsonValue[]).flatMap((one) => {
    const cited = isMembers(one) ? one["url_citation"] : undefined;
    if (!isMembers(cited)) return [];
    const { url = "", title = "", start_index: start = 0, end_index: end = 0 } = cited;
    return [{ type: "url_citation", url, title, start_index: start, end_index: end }];
  });
}
