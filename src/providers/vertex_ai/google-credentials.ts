import type { DeploymentParams, JsonMembers, JsonValue, ParamProblem } from "../../core/provider.ts";
import { isMembers } from "../../formats/kit/chat/chat-fields.ts";
import { sha256 } from "../../lib/secret.ts";

/** What Google knows a deployment by. */
export interface GoogleCredentials {
  /** Equal for what is the same. Holds no secret. */
  readonly identity: string;
  readonly source:
    | { readonly kind: "json"; readonly json: JsonMembers }
    | { readonly kind: "file"; readonly path: string }
    /** What the machine has: a login by gcloud, or the metadata server's word. */
    | { readonly kind: "machine" };
}

const variable = "GOOGLE_APPLICATION_CREDENTIALS";
/** What people call credentials that stand in no variable. */
const machine = "Google's application default credentials";

const kinds: ReadonlySet<JsonValue | undefined> = new Set([
  "authorized_user",
  "external_account",
  "external_account_authorized_user",
  "impersonated_service_account",
  "service_account",
]);

/**
 * Reads `vertex_credentials`, otherwise what the environment names, otherwise takes what the machine has. Files are read when a token is fetched, so
 * that a key may be exchanged while the program runs.
 */
export function readGoogleCredentials(params: DeploymentParams, problems: ParamProblem[]): GoogleCredentials | undefined {
  const key = "vertex_credentials";
  const given = params.setting("vertex_credentials") ?? params.setting("vertex_ai_credentials");
  const refuse = (message: string): undefined => {
    problems.push({ key, message });
    return undefined;
  };
  if (isMembers(given)) return kinds.has(given["type"]) ? ofJson(given) : refuse(unknownKind);
  if (given !== undefined && given !== null && typeof given !== "string") return refuse(expected);
  const text = [given, params.env("VERTEXAI_CREDENTIALS"), params.env(variable)].map((one) => one?.trim()).find((one) => one);
  if (text === undefined) {
    if (params.mayUse(machine)) return { identity: "google machine", source: { kind: "machine" } };
    return refuse("is missing: an entry made at run time has no credentials of the machine");
  }
  if (!text.startsWith("{")) return { identity: `google file ${text}`, source: { kind: "file", path: text } };
  const json = parseCredentials(text);
  return json === undefined ? refuse(unknownKind) : ofJson(json);
}

const expected = "must be the path of a JSON file, or what stands in it, as a map or a text";
const unknownKind = `is no credential of Google's, which is JSON with a type such as service_account`;

function ofJson(json: JsonMembers): GoogleCredentials {
  return { identity: `google ${sha256(JSON.stringify(json))}`, source: { kind: "json", json } };
}

/** @returns Undefined where a text is no credential of Google's. Says nothing of what it is: that may be secret. */
export function parseCredentials(text: string): JsonMembers | undefined {
  try {
    const json = JSON.parse(text) as JsonValue;
    return isMembers(json) && kinds.has(json["type"]) ? json : undefined;
  } catch {
    return undefined;
  }
}
