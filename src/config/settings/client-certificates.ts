import { certificateClaims } from "../../core/keys/certificate-settings.ts";
import { actedOn, type SettingsTable } from "./setting-spec.ts";

/** `general_settings.client_certificates`: clients' certificates that stand for keys. */
export const clientCertificatesTable = {
  claim: actedOn(
    "names",
    `What of a certificate tells whose it is, of a list the first that has a key: ${certificateClaims.map((one) => `\`${one}\``).join(", ")} (URIs such as SPIFFE ids and host names among the subject's alternative names; its common name). By default all of these, in this order.`,
  ),
  keys: actedOn("map", "The name of a key for each of the claim's values."),
  default_key: actedOn("text", "The name of the key for all other certificates. Without it they stand for none."),
} as const satisfies SettingsTable;
