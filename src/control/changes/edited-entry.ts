import type { JsonObject } from "../../config/overlay/json-node.ts";
import { entryId } from "../../config/deployments/entry-id.ts";
import type { RouterError } from "../../core/errors.ts";
import { ok, type Result } from "../../lib/result.ts";
import { literalSecrets } from "./literal-secrets.ts";
import { refuse } from "./refuse.ts";

/**
 * An entry of `model_list` as an operator gave it, ready to be kept: without secrets, and with its id in it.
 * @param id The one that it must have; undefined: its own, or else that which the same entry has in a file.
 */
export function editedEntry(
  entry: object,
  id: string | undefined,
): Result<{ readonly id: string; readonly entry: JsonObject }, RouterError> {
  const json = entry as JsonObject;
  const secrets = literalSecrets(json, "entry");
  if (secrets.length > 0) {
    const ways = "as os.environ/NAME, or by litellm_credential_name from the configuration's credential_list";
    return refuse(`${secrets.join(", ")}: a secret is not given here, where it would be written to disk, but ${ways}`, "entry");
  }
  const written = json["model_info"] ?? {};
  if (typeof written !== "object" || Array.isArray(written)) return refuse("entry.model_info must be a map", "entry");
  const info = written as JsonObject;
  const own = info["id"] ?? undefined;
  if (own !== undefined && typeof own !== "string" && typeof own !== "number") return refuse("entry.model_info.id must be a text", "entry");
  const given = own === undefined ? undefined : String(own);
  if (given === "" || (given !== undefined && /os\.environ\/|\$\{/.test(given))) {
    return refuse("entry.model_info.id must be a text without references, and not empty", "entry");
  }
  if (id !== undefined && given !== undefined && given !== id) {
    return refuse(`entry.model_info.id is "${given}"; a deployment keeps its id, which is "${id}"`, "entry");
  }
  const chosen = id ?? given ?? entryId(json);
  return ok({ id: chosen, entry: { ...json, model_info: { ...info, id: chosen } } });
}
