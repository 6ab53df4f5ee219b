import type { CertificateClaim, CertificateSettings } from "../core/keys/certificate-settings.ts";
import type { ClientIdentity } from "../inbound/client-identity.ts";

/** The name of the key that a client's certificate stands for: of the first name on it that has one. */
export function keyOfIdentity(identity: ClientIdentity, { claims, keys, defaultKey }: CertificateSettings): string | undefined {
  for (const claim of claims) {
    for (const value of valuesOf(identity, claim)) {
      const name = keys.get(value);
      if (name !== undefined) return name;
    }
  }
  return defaultKey;
}

function valuesOf({ commonName, dns, uris }: ClientIdentity, claim: CertificateClaim): readonly string[] {
  switch (claim) {
    case "uri":
      return uris;
    case "dns":
      return dns;
    case "cn":
      return commonName === undefined ? [] : [commonName];
    default:
      return claim satisfies never;
  }
}
