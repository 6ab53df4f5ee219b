import { certificateClaims, type CertificateClaim, type CertificateSettings } from "../../core/keys/certificate-settings.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { clientCertificatesTable } from "../settings/client-certificates.ts";
import { SectionReader } from "../settings/section-reader.ts";
import type { MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { readKeyMapping } from "./key-mapping.ts";

const path = "general_settings.client_certificates";

/** Reads `general_settings.client_certificates`. @returns Undefined when certificates stand for no keys. */
export function readClientCertificates(section: MapNode | undefined, log: FindingLog): CertificateSettings | undefined {
  if (section === undefined) return undefined;
  for (const { key, keyAt } of section.entries.values()) {
    if (Object.hasOwn(clientCertificatesTable, key)) continue;
    const known = Object.keys(clientCertificatesTable);
    log.problem(keyAt, `${path}.${key}`, `is not known here${didYouMean(key, known)}; there are ${known.join(", ")}`);
  }
  const reader = new SectionReader(clientCertificatesTable, section, path, log);
  const keys = readKeyMapping(reader.map("keys"), `${path}.keys`, log);
  const defaultKey = reader.text("default_key");
  if (keys.size === 0 && defaultKey === undefined) {
    log.problem(section.at, `${path}.keys`, "is needed, or default_key: it says which key a certificate stands for");
  }
  const written = reader.names("claim") ?? certificateClaims;
  const claims = written.filter(isClaim);
  const at = reader.node("claim")?.at ?? section.at;
  if (claims.length < written.length || claims.length === 0) log.problem(at, `${path}.claim`, `must be of ${certificateClaims.join(", ")}`);
  return { claims, keys, defaultKey };
}

function isClaim(name: string): name is CertificateClaim {
  return certificateClaims.some((claim) => claim === name);
}
