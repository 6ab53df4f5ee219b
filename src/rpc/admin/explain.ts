import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { required, valueOf } from "./change.ts";
import { toEligibility } from "./eligibility-enum.ts";

/** Where a call would go. */
export function explainMethods({ operator }: AdminServiceOptions): AdminMethods<"explainRoute"> {
  return {
    explainRoute({ model, tags, requestBytes, maxOutputTokens, stream, key, allowedRegion }) {
      const explained = valueOf(
        operator.explain({
          model: required(model, "model"),
          tags,
          requestBytes,
          maxOutputTokens,
          stream,
          allowedRegion: allowedRegion === "" ? undefined : allowedRegion,
          caller: undefined,
          key: key === "" ? undefined : key,
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
    },
  };
}
