import type { AdminMethod } from "./admin-method.ts";
import { toFinding } from "./messages/finding-message.ts";
import { actOf, valueOf } from "./messages/request-fields.ts";

/** Reads the configuration's files again, or only tells what that would change. */
export const reloadConfigMethod: AdminMethod<"reloadConfig"> =
  ({ operator }) =>
  async ({ dryRun, discardChanges, etag }, context) => {
    const report = valueOf(await operator.reload({ dryRun, discardChanges }, actOf(context, etag)));
    return {
      ok: report.ok,
      problems: report.problems.map(toFinding),
      warnings: report.warnings.map(toFinding),
      addedIds: [...report.addedIds],
      removedIds: [...report.removedIds],
      changedIds: [...report.changedIds],
      settings: [...report.settings],
      etag: operator.etag,
    };
  };
