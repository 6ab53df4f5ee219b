import type { JsonObject } from "@bufbuild/protobuf";
import type { AdminMethod } from "./admin-method.ts";
import { toTimestamp } from "./messages/time-fields.ts";

/** The configuration in force, changes included and secrets masked. */
export const getConfigMethod: AdminMethod<"getConfig"> =
  ({ operator }) =>
  () => {
    const { config, files, changes, stateFile, loadedAt } = operator.config();
    return {
      config: config as JsonObject,
      files: [...files],
      changes: [...changes],
      stateFile: stateFile ?? "",
      loadedAt: toTimestamp(loadedAt),
      etag: operator.etag,
    };
  };
