import type { Call } from "../../../core/call.ts";
import { applyRules, type ChatTarget } from "../../kit/chat/chat-rules.ts";
import { readChat, requestOf } from "../../kit/chat/read-chat.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import { modelAbilities } from "../models/model-abilities.ts";
import { takenParameters } from "../models/taken-parameters.ts";
import { bedrockToolNames } from "../models/tool-name-rule.ts";
import { planAnswer } from "../request/plan-answer.ts";

/** What a reply's reader knows of its request. */
export interface ConverseReplyContext {
  readonly names: ToolNames;
  /** Whether the answer is to come as the input of a tool: then texts beside that are no answer. */
  readonly wantsJsonTool: boolean;
}

export function converseReplyContext(call: Call, target: ChatTarget): ConverseReplyContext {
  const { model = call.model, rules } = target;
  const adjusted = new Set<string>();
  const members = applyRules(requestOf(call), target, takenParameters(model, target), adjusted);
  const names = new ToolNames(members, bedrockToolNames);
  if (members["response_format"] === undefined) return { names, wantsJsonTool: false };
  const request = readChat(members);
  const plan = planAnswer(request, modelAbilities(model, rules), { members, model, call, target, adjusted });
  return { names, wantsJsonTool: plan.wantsJsonTool };
}
