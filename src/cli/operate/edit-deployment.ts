import { Command } from "commander";
import {
  AddDeploymentResponseSchema,
  RemoveDeploymentResponseSchema,
  UpdateDeploymentResponseSchema,
  type AddDeploymentResponse,
  type UpdateDeploymentResponse,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { eligibilityText } from "../render/eligibility-cell.ts";
import { findingLines } from "../render/finding-lines.ts";
import { counted } from "../render/format.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { presentText } from "../kit/values.ts";
import { askBeforeLast, yesOption } from "./ask-before-last.ts";
import { listAllDeployments } from "./list-all-deployments.ts";
import { operatorCommand } from "./operator-command.ts";
import { readEntry } from "./read-entry.ts";
import { findId, resolveId } from "./resolve-id.ts";

const entryNotes = `
FILE holds an entry of model_list in YAML or JSON; - reads it from standard input. The file is sent as it is: write secrets as
os.environ/NAME, which the server reads from its own environment.`;

/** Makes the command `huntgroup add FILE|-`. */
export function addCommand(understood: Understood): Command {
  const command = new Command("add").description("add a deployment").argument("<FILE|->", "", presentText).addHelpText("after", entryNotes);
  return operatorCommand(command, understood, addDeployment, { changes: true });
}

function addDeployment(file: string): ServerAct {
  return async (session) => {
    const entry = await readEntry(file, session.io);
    if (!entry.ok) return entry;
    const response = await session.client.addDeployment({ entry: entry.value, etag: session.etag });
    session.answer(AddDeploymentResponseSchema, response, () => outcome("added", response));
    return ok(undefined);
  };
}

/** Makes the command `huntgroup update ID FILE|-`. */
export function updateCommand(understood: Understood): Command {
  const command = new Command("update")
    .description("put another entry in the place of a deployment's; it keeps its counts")
    .argument("<ID>", "", presentText)
    .argument("<FILE|->", "", presentText)
    .addHelpText("after", entryNotes);
  return operatorCommand(command, understood, updateDeployment, { changes: true });
}

function updateDeployment(given: string, file: string): ServerAct {
  return async (session) => {
    const entry = await readEntry(file, session.io);
    if (!entry.ok) return entry;
    const id = await findId(session, given);
    if (!id.ok) return id;
    const response = await session.client.updateDeployment({ deploymentId: id.value, entry: entry.value, etag: session.etag });
    session.answer(UpdateDeploymentResponseSchema, response, () => outcome("updated", response));
    return ok(undefined);
  };
}

/** Makes the command `huntgroup remove ID`. */
export function removeCommand(understood: Understood): Command {
  const command = new Command("remove")
    .description("take a deployment out of the table; calls under way end")
    .argument("<ID>", "", presentText)
    .addOption(yesOption());
  return operatorCommand(command, understood, removeDeployment, { changes: true });
}

function removeDeployment(given: string, { yes = false }: { readonly yes?: boolean }): ServerAct {
  return async (session) => {
    const { deployments } = await listAllDeployments(session, undefined);
    const id = resolveId(given, deployments);
    if (!id.ok) return id;
    const asked = await askBeforeLast(session, id.value, deployments, yes);
    if (!asked.ok) return asked;
    const response = await session.client.removeDeployment({ deploymentId: id.value, etag: session.etag });
    session.answer(RemoveDeploymentResponseSchema, response, () => {
      const left = response.inFlight === 0 ? "" : `; ${counted(response.inFlight, "call")} still under way`;
      return `removed ${id.value}${left}\n`;
    });
    return ok(undefined);
  };
}

function outcome(what: string, { deployment, warnings }: AddDeploymentResponse | UpdateDeploymentResponse): string {
  const where =
    deployment === undefined ? "it" : `${deployment.id} in group ${deployment.group}: ${eligibilityText(deployment.eligibility)}`;
  return [...findingLines("warning", warnings), `${what} ${where}`].map((line) => `${line}\n`).join("");
}
