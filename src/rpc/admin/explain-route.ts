import type { Call } from "../../core/call.ts";
import { readCall } from "../../formats/openai/request/read-call.ts";
import type { AdminMethod } from "./admin-method.ts";
import { toEligibility } from "./messages/eligibility-enum.ts";
import { optional, required, valueOf } from "./messages/request-fields.ts";

/** Where a call would go now, and why. Nothing is picked and no deployment is called. */
export const explainRouteMethod: AdminMethod<"explainRoute"> =
  ({ operator }) =>
  ({ model, tags, requestBytes, maxOutputTokens, stream, key, allowedRegion, chatRequest }) => {
    const explained = valueOf(
      operator.explain({
        model: required(model, "model"),
        tags,
        requestBytes,
        maxOutputTokens,
        stream,
        allowedRegion: optional(allowedRegion),
        caller: undefined,
        key: optional(key),
        ...(chatRequest !== "" && { call: readRequest(chatRequest, model) }),
      }),
    );
    const { pickedId } = explained;
    return {
      group: explained.group,
      strategy: explained.strategy,
      candidates: explained.candidates.map(({ deploymentId, weight, eligibility, detail, score, picked }) => ({
        deploymentId,
        weight,
        eligibility: toEligibility(eligibility),
        detail,
        picked,
        ...(score !== undefined && { score }),
      })),
      reason: explained.reason,
      scoreMeaning: explained.scoreMeaning,
      fallbacks: [...explained.fallbacks],
      etag: operator.etag,
      ...(pickedId !== undefined && { pickedId }),
    };
  };

/** @throws RouterError `invalid_request` where it is no chat request. */
function readRequest(request: string, pathModel: string): Call {
  const read = readCall(Buffer.from(request), {
    endpoint: "chat",
    pathModel,
    callId: "",
    inboundProtocol: "grpc",
    caller: undefined,
    traceContext: undefined,
    now: 0,
  });
  return valueOf(read);
}
