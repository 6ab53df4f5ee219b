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
import { operatorSpec } from "./operator-spec.ts";
import { readEntry } from "./read-entry.ts";
import { findId } from "./resolve-id.ts";

const entryNotes = `FILE holds an entry of model_list in YAML or JSON; - reads it from standard input. The file is sent as it is: write secrets as
os.environ/NAME, which the server reads from its own environment.`;

export const add = operatorSpec({
  name: "add",
  usage: "FILE|-",
  summary: "add a deployment",
  notes: entryNotes,
  changes: true,
  parse(words) {
    const file = words.argument("a file");
    return async (session) => {
      const entry = await readEntry(file, session.io);
      if (!entry.ok) return entry;
      const response = await session.client.addDeployment({ entry: entry.value, etag: session.etag });
      session.answer(AddDeploymentResponseSchema, response, () => outcome("added", response));
      return ok(undefined);
    };
  },
});

export const update = operatorSpec({
  name: "update",
  usage: "ID FILE|-",
  summary: "put another entry in the place of a deployment's; it keeps its counts",
  notes: entryNotes,
  changes: true,
  parse(words) {
    const given = words.argument("a deployment's id");
    const file = words.argument("a file");
    return async (session) => {
      const entry = await readEntry(file, session.io);
      if (!entry.ok) return entry;
      const id = await findId(session, given);
      if (!id.ok) return id;
      const response = await session.client.updateDeployment({ deploymentId: id.value, entry: entry.value, etag: session.etag });
      session.answer(UpdateDeploymentResponseSchema, response, () => outcome("updated", response));
      return ok(undefined);
    };
  },
});

export const remove = operatorSpec({
  name: "remove",
  usage: "ID",
  summary: "take a deployment out of the table; calls under way end",
  changes: true,
  parse(words) {
    const given = words.argument("a deployment's id");
    return async (session) => {
      const id = await findId(session, given);
      if (!id.ok) return id;
      const response = await session.client.removeDeployment({ deploymentId: id.value, etag: session.etag });
      session.answer(RemoveDeploymentResponseSchema, response, () => {
        const left = response.inFlight === 0 ? "" : `; ${counted(response.inFlight, "call")} still under way`;
        return `removed ${id.value}${left}\n`;
      });
      return ok(undefined);
    };
  },
});

function outcome(what: string, { deployment, warnings }: AddDeploymentResponse | UpdateDeploymentResponse): string {
  const where =
    deployment === undefined ? "it" : `${deployment.id} in group ${deployment.group}: ${eligibilityText(deployment.eligibility)}`;
  return [...findingLines("warning", warnings), `${what} ${where}`].map((line) => `${line}\n`).join("");
}
