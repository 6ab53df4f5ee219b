import { isReferenceAlone } from "../../config/environment/expand-references.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import { isSecretName, maskTokens, resemblesSecretName } from "../../config/secrets/secrets.ts";
import type { JsonValue } from "../../core/provider.ts";

/**
 * Finds the values that are secrets, or look like one, and are written out rather than referred to.
 * @param path Of the object, to begin the paths with.
 * @returns Their paths.
 */
export function literalSecrets(json: JsonObject, path: string): readonly string[] {
  return find(json, path, false);
}

function find(value: JsonValue, path: string, secret: boolean): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => find(item, `${path}[${index}]`, secret));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, member]) =>
      find(member, `${path}.${key}`, secret || isSecretName(key) || resemblesSecretName(key, "litellm_params")),
    );
  }
  if (value === null || value === "" || typeof value === "boolean") return [];
  const text = String(value);
  const shown = secret ? !isReferenceAlone(text) : maskTokens(text) !== text;
  return shown ? [path] : [];
}
