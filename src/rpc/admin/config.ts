import type { JsonObject } from "@bufbuild/protobuf";
import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { actOf, valueOf } from "./change.ts";
import { toFinding } from "./finding-message.ts";
import { toTimestamp } from "./time-fields.ts";

/** The configuration, and what was made of it. */
export function configMethods({ operator }: AdminServiceOptions): AdminMethods<"getConfig" | "reloadConfig" | "listChanges"> {
  return {
    getConfig() {
      const { config, files, changes, stateFile, loadedAt } = operator.config();
      return {
        config: config as JsonObject,
        files: [...files],
        changes: [...changes],
        stateFile: stateFile ?? "",
        loadedAt: toTimestamp(loadedAt),
        etag: operator.etag,
      };
    },

    async reloadConfig({ dryRun, discardChanges, etag }, context) {
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
    },

    listChanges({ limit }) {
      const all = operator.changes();
      const wanted = limit === 0 ? all : all.slice(0, limit);
      return {
        changes: wanted.map(({ at, who, what, before, after, etag }) => ({ time: toTimestamp(at), who, what, before, after, etag })),
      };
    },
  };
}
