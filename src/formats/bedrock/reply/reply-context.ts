import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { applyRules, type ChatTarget, sentMembers } from "../../kit/chat/chat-rules.ts";
import { readChat, requestOf } from "../../kit/chat/read-chat.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import { modelAbilities } from "../models/model-abilities.ts";
import { takenParameters } from "../models/taken-parameters.ts";
import { bedrockToolNames } from "../models/tool-name-rule.ts";
import { planAnswer } from "../request/plan-answer.ts";

/** What a reply's reader knows of its request. */
export interface ConverseReplyContext {
  readonly names: ToolNames;
  /** Whether the answer may come as the input of a tool: then texts beside that are no answer. */
  readonly wantsJsonTool: boolean;
}

export function converseReplyContext(call: Call, target: ChatTarget): ConverseReplyContext {
  const members = sentMembers(requestOf(call), target, takenParameters(target.model ?? call.model, target));
  const names = new ToolNames(members, bedrockToolNames);
  const isText = members["response_format"] === undefined || members["response_format"] === null;
  return { names, wantsJsonTool: !isText && plansJsonTool(call, target) };
}

/** Plans the answer anew. Behind a wildcard the model's name is not known here, and where nothing can be said without it, a tool may come. */
function plansJsonTool(call: Call, target: ChatTarget): boolean {
  const { model, rules } = target;
  if (model === undefined) return true;
  const adjusted = new Set<string>();
  try {
    const members = applyRules(requestOf(call), target, takenParameters(model, target), adjusted);
    return planAnswer(readChat(members), modelAbilities(model, rules), { members, model, call, target, adjusted }).wantsJsonTool;
  } catch (error) {
    if (error instanceof RouterError) return true;
    throw error;
  }
}
