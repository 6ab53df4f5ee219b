import { ReloadConfigResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok } from "../../lib/result.ts";
import { failure } from "../kit/failure.ts";
import { findingLines } from "../render/finding-lines.ts";
import { counted } from "../render/format.ts";
import { operatorSpec } from "./operator-spec.ts";

export const reload = operatorSpec({
  name: "reload",
  usage: "[--dry-run] [--discard-changes]",
  summary: "read the configuration's files again; what is wrong changes nothing",
  options: [
    { name: "dry-run", help: "only say what would happen" },
    { name: "discard-changes", help: "drop what was changed at run time, keys excepted: the files alone count" },
  ],
  changes: true,
  parse(words) {
    const dryRun = words.flag("dry-run");
    const discardChanges = words.flag("discard-changes");
    return async (session) => {
      const response = await session.client.reloadConfig({ dryRun, discardChanges, etag: session.etag });
      const { problems, warnings, addedIds, removedIds, changedIds, settings } = response;
      session.answer(ReloadConfigResponseSchema, response, () => {
        const changes = [
          ...addedIds.map((id) => `+ ${id}`),
          ...removedIds.map((id) => `- ${id}`),
          ...changedIds.map((id) => `~ ${id}`),
          ...settings,
        ];
        const outcome = dryRun ? "it could be loaded" : "loaded";
        const verdict = changes.length === 0 ? `${outcome}: nothing differs` : `${outcome}:`;
        const lines = [...findingLines("error", problems), ...findingLines("warning", warnings)];
        if (response.ok) lines.push(verdict, ...changes.map((change) => `  ${change}`));
        return lines.map((line) => `${line}\n`).join("");
      });
      if (response.ok) return ok(undefined);
      return err(
        failure(
          `the configuration has ${counted(problems.length, "problem")}; ${dryRun ? "it could not be loaded" : "nothing was changed"}`,
        ),
      );
    };
  },
});
