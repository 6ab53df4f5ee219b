import { hash } from "node:crypto";
import type { Call } from "../../../core/call.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { type ChatTarget, sentMembers } from "../../kit/chat/chat-rules.ts";
import { requestOf } from "../../kit/chat/read-chat.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import type { GeminiHost } from "../request/gemini-host.ts";
import { takenByGemini } from "../request/taken-parameters.ts";
import { geminiToolNames } from "../request/tool-name-rule.ts";

/** What a reply's reader knows of its request. */
export interface GeminiContext {
  readonly call: Call;
  readonly names: ToolNames;
  readonly host: GeminiHost;
}

export function geminiContext(call: Call, host: GeminiHost, target: ChatTarget): GeminiContext {
  return { call, host, names: new ToolNames(sentMembers(requestOf(call), target, takenByGemini), geminiToolNames) };
}

/** A call of a tool, as OpenAI's message has it. */
export interface NamedCall {
  readonly id: string;
  readonly name: string;
  readonly more: JsonMembers | undefined;
}

/** What stands between an id and the proof of the thinking behind its call. LiteLLM's mark. */
const signatureMark = "__thought__";

/**
 * Names a call of a tool: by Gemini's id, or where its model gives none by one that no other call has.
 * @param choice Which of several answers makes the call, and `index` counts the calls of that one.
 */
export function nameCall(
  { id, name }: JsonMembers,
  signature: JsonValue | undefined,
  { choice, index }: { readonly choice: number; readonly index: number },
  { call, names, host }: GeminiContext,
): NamedCall {
  const plain = typeof id === "string" && id !== "" ? id : `call_${hash("sha256", `${call.id}/${choice}/${index}`).slice(0, 28)}`;
  const isSigned = typeof signature === "string" && signature !== "";
  return {
    id: isSigned && host.signsIds ? plain + signatureMark + signature : plain,
    name: names.original(typeof name === "string" ? name : ""),
    more: isSigned ? { provider_specific_fields: { thought_signature: signature } } : undefined,
  };
}
