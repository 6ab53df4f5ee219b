import { jwtAlgorithms } from "../../core/keys/jwt-settings.ts";
import { actedOn, type SettingsTable } from "./setting-spec.ts";

/** `general_settings.jwt`: tokens of an identity provider that stand for keys. */
export const jwtTable = {
  issuer: actedOn("text", "What a token's `iss` must be."),
  audience: actedOn("text or names", "What its `aud` must hold; of a list, any."),
  jwks_url: actedOn("text", "Where the issuer's public keys are."),
  jwks_file: actedOn("text", "The same as a file, relative to this one."),
  claim: actedOn("text", "The claim that tells whose token it is: a name, or a path such as `realm_access.roles`.", { default: "sub" }),
  keys: actedOn("map", "The name of a key for each of the claim's values."),
  default_key: actedOn("text", "The name of the key for all other values. Without it they are refused."),
  algorithms: actedOn("names", `Signature algorithms that are taken: ${jwtAlgorithms.join(", ")}. By default all of these.`),
} as const satisfies SettingsTable;
