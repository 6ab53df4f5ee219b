import { Command } from "commander";
import { stringify } from "yaml";
import { GetConfigResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { printable } from "../../lib/display-width.ts";
import { time } from "../render/format.ts";
import type { Understood } from "../kit/task.ts";
import { operatorCommand } from "./operator-command.ts";

/** Makes the command `huntgroup config`. */
export function configCommand(understood: Understood): Command {
  const command = new Command("config").description("the configuration in force, changes included, secrets masked");
  return operatorCommand(command, understood, () => async (session) => {
    const response = await session.client.getConfig({});
    session.answer(GetConfigResponseSchema, response, () => {
      const { files, changes, stateFile, loadedAt } = response;
      const loaded = loadedAt === undefined ? "" : `, loaded ${time(loadedAt)}`;
      const head = [
        `${files.length === 0 ? "no files" : files.join(", ")}${loaded}`,
        stateFile === "" ? "changes last until the server stops (no state file)" : `changes are kept in ${stateFile}`,
        ...(changes.length === 0 ? ["no changes: as the files say"] : ["changed at run time:", ...changes.map((change) => `- ${change}`)]),
      ];
      return `${head.map((line) => `# ${printable(line)}`).join("\n")}\n${stringify(response.config ?? {}, { lineWidth: 0 })}`;
    });
    return ok(undefined);
  });
}
