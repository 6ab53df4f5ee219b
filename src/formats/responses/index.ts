import type { DeploymentHost } from "../../core/format.ts";
import type { ProviderAdapter } from "../../core/provider.ts";
import { ChatAdapter, type ChatWire } from "../kit/chat/chat-adapter.ts";
import type { ChatRules } from "../kit/chat/chat-rules.ts";
import { TwoFormatAdapter } from "../kit/native/two-format-adapter.ts";
import { responsesCaller } from "./caller/caller.ts";
import { responsesFormat } from "./kit/format-name.ts";
import { readRateLimits } from "../kit/rate-limits.ts";
import { ChatDecoder } from "./chat/chat-decoder.ts";
import { readResponse } from "./chat/read-response.ts";
import { takenByResponses, writeRequest } from "./chat/write-request.ts";
import { createResponse, ResponsesNative } from "./native/responses-native.ts";
import type { ResponsesUse } from "./responses-use.ts";

/** How a deployment is asked for Responses, and how it is asked for all else. */
export interface ResponsesQuirks {
  readonly use: ResponsesUse;
  /** The adapter for callers of other formats, as far as the deployment has more than Responses. */
  readonly beside: ProviderAdapter;
  readonly rules: ChatRules;
  /** The model as the provider knows it, where it is the same for all calls. */
  readonly model: string | undefined;
}

/** How chats are said to deployments that have nothing but Responses. */
export const responsesWire: ChatWire = {
  streamType: "text/event-stream",
  taken: () => takenByResponses,
  write: (_request, context) => Buffer.from(JSON.stringify(writeRequest(context))),
  readReply: readResponse,
  createDecoder: (call, headers, target) => new ChatDecoder(call, headers, target),
  readQuota: readRateLimits,
};

/** OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses */
export const responses = {
  name: responsesFormat,
  caller: responsesCaller,
  connect(host: DeploymentHost, { use, beside, rules, model }: ResponsesQuirks): ProviderAdapter {
    if (use === "none") return beside;
    const native = new ResponsesNative(host);
    if (use === "beside") return new TwoFormatAdapter(beside, native);
    const path: DeploymentHost["path"] = (call, upstreamModel) => host.path({ ...call, resource: createResponse }, upstreamModel);
    return new TwoFormatAdapter(new ChatAdapter({ host: { ...host, path }, rules, model }, responsesWire, false), native);
  },
};
