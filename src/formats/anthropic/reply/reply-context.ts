import type { Call } from "../../../core/call.ts";
import { type ChatTarget, sentMembers } from "../../kit/chat/chat-rules.ts";
import { readResponseFormat, requestOf } from "../../kit/chat/read-chat.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import { claudeModel } from "../../kit/claude/claude-model.ts";
import { nativeSchema } from "../../kit/claude/json-tool.ts";
import { takenByAnthropic } from "../request/taken-parameters.ts";
import { anthropicToolNames } from "../request/tool-name-rule.ts";

/** What a reply's reader knows of its request. */
export interface ReplyContext {
  readonly names: ToolNames;
  /** Whether the answer is to come as the input of a tool: then texts beside that are no answer. */
  readonly wantsJsonTool: boolean;
}

export function replyContext(call: Call, target: ChatTarget): ReplyContext {
  const { rules, model = call.model } = target;
  const members = sentMembers(requestOf(call), target, takenByAnthropic);
  const format = readResponseFormat(members["response_format"]);
  const isJson = format !== undefined && format.kind !== "text";
  return {
    names: new ToolNames(members, anthropicToolNames),
    wantsJsonTool: isJson && nativeSchema(format, claudeModel(model, rules)) === undefined,
  };
}
