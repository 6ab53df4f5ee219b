import type { Call } from "../../../core/call.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { UpstreamRequest } from "../../../core/upstream.ts";
import { withQuery } from "../../kit/with-query.ts";

/**
 * The request that opens a conversation: the model stands in the query, and the caller's own query goes with it.
 * https://platform.openai.com/docs/guides/realtime-websocket
 */
export function realtimeRequest(call: Call, host: DeploymentHost, upstreamModel: string): UpstreamRequest {
  const path = host.path(call, upstreamModel);
  const model = host.bodyModel?.(upstreamModel) ?? upstreamModel;
  // Azure's older API has the deployment there already.
  const named = /[?&]deployment=/.test(path) ? path : withQuery(path, `?model=${encodeURIComponent(model)}`);
  const beta = call.foreign?.headers["openai-beta"];
  return {
    method: "GET",
    origin: host.origin,
    path: named,
    headers: { "user-agent": "huntgroup", ...(beta === undefined ? {} : { "openai-beta": beta }), ...host.headers },
    body: [],
    messages: call.messages,
  };
}
