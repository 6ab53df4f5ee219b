import { Command, Option } from "commander";
import { ReloadConfigResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok } from "../../lib/result.ts";
import { failure } from "../kit/failure.ts";
import { findingLines } from "../render/finding-lines.ts";
import { counted } from "../render/format.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { operatorCommand } from "./operator-command.ts";

interface ReloadFlags {
  readonly dryRun?: boolean;
  readonly discardChanges?: boolean;
}

/** Makes the command `huntgroup reload`. */
export function reloadCommand(understood: Understood): Command {
  const command = new Command("reload")
    .description("read the configuration's files again; what is wrong changes nothing")
    .addOption(new Option("--dry-run", "only say what would happen"))
    .addOption(new Option("--discard-changes", "drop what was changed at run time, keys excepted: the files alone count"));
  return operatorCommand(command, understood, reload, { changes: true });
}

function reload({ dryRun = false, discardChanges = false }: ReloadFlags): ServerAct {
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
      failure(`the configuration has ${counted(problems.length, "problem")}; ${dryRun ? "it could not be loaded" : "nothing was changed"}`),
    );
  };
}
