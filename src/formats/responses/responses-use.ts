import type { DeploymentParams } from "../../core/provider.ts";
import { type ChatRules, readChatRules } from "../kit/chat/chat-rules.ts";

/** Whether a deployment is asked for Responses: not at all, by callers who speak them, or by all callers, since it has nothing else. */
export type ResponsesUse = "none" | "beside" | "only";

/**
 * Reads whether a deployment has the Responses API. Its entry's word counts first (`use_chat_completions_api`, `model_info.mode`,
 * `model_info.supported_endpoints`, a model written `openai/responses/MODEL`), then what is known of the host and the model.
 * @param hostHasThem Whether its host is known to have them.
 */
export function readResponsesUse(params: DeploymentParams, hostHasThem: boolean): ResponsesUse {
  if (params.mode === "responses" || params.modelInfo("mode") === "responses") return "only";
  if (params.setting("use_chat_completions_api") === true) return "none";
  const own = params.modelInfo("supported_endpoints");
  if (Array.isArray(own)) return hasResponses(own) ? "beside" : "none";
  if (!hostHasThem) return "none";
  if (params.modelFact(params.model, "mode") === "responses") return "only";
  const known = params.modelFact(params.model, "supported_endpoints");
  return Array.isArray(known) && !hasResponses(known) ? "none" : "beside";
}

/** What is known of a deployment's model, for chats that become Responses. */
export function ofModel(params: DeploymentParams): { readonly rules: ChatRules; readonly model: string | undefined } {
  return { rules: readChatRules(params), model: params.model.includes("*") ? undefined : params.model };
}

function hasResponses(endpoints: readonly unknown[]): boolean {
  return endpoints.includes("/v1/responses");
}
