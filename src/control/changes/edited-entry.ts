import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import { entryId } from "../../config/deployments/deployment-ids.ts";
import type { RouterError } from "../../core/errors.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { EditedDeployment } from "../operator.ts";
import { withKey, withMember } from "../state/control-state.ts";
import { entryPlace } from "../state/overlay-of.ts";
import { literalSecrets } from "./literal-secrets.ts";
import { describeDeployment, steeredDeployment } from "./named-deployment.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest } from "./refuse.ts";

/** An entry of `model_list` with its deployment's id. One that is written to disk holds no secret. */
interface EditedEntry {
  readonly id: string;
  readonly entry: JsonObject;
}

/**
 * Reads an entry of `model_list` as an operator gave it.
 * @param isKept Whether it will be written to disk, where no secret may stand.
 * @param id The id that the deployment must have. Undefined takes the entry's own, or the one that the same entry would have in a file.
 */
export function editedEntry(entry: object, isKept: boolean, id: string | undefined): Result<EditedEntry, RouterError> {
  const json = entry as JsonObject;
  const secrets = isKept ? literalSecrets(json, "entry") : [];
  if (secrets.length > 0) {
    const ways =
      "as os.environ/NAME, or by litellm_credential_name from the configuration's credential_list (with state_file: none it may be given)";
    return refuseRequest(`${secrets.join(", ")}: a secret is not given here, where it would be written to disk, but ${ways}`, "entry");
  }
  const written = json["model_info"] ?? {};
  if (typeof written !== "object" || Array.isArray(written)) return refuseRequest("entry.model_info must be a map", "entry");
  const info = written as JsonObject;
  const own = info["id"] ?? undefined;
  if (own !== undefined && typeof own !== "string" && typeof own !== "number")
    return refuseRequest("entry.model_info.id must be a text", "entry");
  const given = own === undefined ? undefined : String(own);
  if (given === "" || (given !== undefined && /os\.environ\/|\$\{/.test(given))) {
    return refuseRequest("entry.model_info.id must be a text without references, and not empty", "entry");
  }
  if (id !== undefined && given !== undefined && given !== id) {
    return refuseRequest(`entry.model_info.id is "${given}"; a deployment keeps its id, which is "${id}"`, "entry");
  }
  const chosen = id ?? given ?? entryId(json);
  return ok({ id: chosen, entry: { ...json, model_info: { ...info, id: chosen } } });
}

/**
 * Plans to keep an entry and to make its deployment.
 * @param before The audit log's word for what stood in its place.
 */
export function planEntry({ state }: Present, { id, entry }: EditedEntry, before: string): Planned<EditedDeployment> {
  return ok({
    next: { ...state, entries: withKey(state.entries, id, entry), removedIds: withMember(state.removedIds, id, false) },
    check: { place: entryPlace(id), accept: (config) => acceptEntry(id, config) },
    conclude: (done) => ({
      before,
      after: describeDeployment(id, done.config),
      answer: { deployment: steeredDeployment(id, done), warnings: done.warnings },
    }),
  });
}

/** A configuration may be valid without the deployment: it can leave out what is invalid, or what is meant for another environment. */
function acceptEntry(id: string, { source }: LoadedConfig): Result<undefined, RouterError> {
  if (source.deployments.some((deployment) => deployment.id === id)) return ok(undefined);
  const why = source.invalid.find((invalid) => invalid.id === id)?.reason ?? "its environment is another one";
  return refuseRequest(`The entry makes no deployment: ${why}`, "entry");
}
