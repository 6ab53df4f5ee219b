import type { CertificateSettings } from "../../core/keys/certificate-settings.ts";
import type { JwtSettings } from "../../core/keys/jwt-settings.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { warnOfUnknownKeys } from "../read/key-mapping.ts";
import { readClientCertificates } from "../read/read-client-certificates.ts";
import { readJwt } from "../read/read-jwt.ts";
import { readKeys, type KeysContext } from "../read/read-keys.ts";
import { generalSettingsTable } from "../settings/general-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import type { ConfigNode, MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { checkMasterKey } from "./check-config.ts";

/** Where the configuration says who may call. */
interface CallersWritten {
  readonly root: MapNode;
  readonly general: MapNode | undefined;
  /** The entries of `keys`. */
  readonly items: readonly ConfigNode[];
  readonly masterKey: string | undefined;
}

interface CallersRead {
  readonly keys: readonly KeyRecord[];
  /** Undefined when tokens of identity providers are not taken. */
  readonly jwt: JwtSettings | undefined;
  /** Undefined when clients' certificates stand for no keys. */
  readonly certificates: CertificateSettings | undefined;
}

/** Reads who may call: callers' keys, and the identity provider whose tokens stand for some of them. */
export async function readCallers(
  { root, general, items, masterKey }: CallersWritten,
  context: Omit<KeysContext, "takesTokens">,
  readFile: (path: string) => Promise<string>,
  log: FindingLog,
): Promise<CallersRead> {
  const reader = new SectionReader(generalSettingsTable, general, "general_settings", log);
  const section = reader.map("jwt");
  const jwt = await readJwt(section, readFile, log);
  const certified = reader.map("client_certificates");
  const certificates = readClientCertificates(certified, log);
  const keys = readKeys(items, { ...context, takesTokens: section !== undefined || certified !== undefined }, log);
  const names = new Set(keys.map((key) => key.name));
  if (jwt !== undefined && section !== undefined) {
    warnOfUnknownKeys(jwt, { node: section, path: "general_settings.jwt", what: "tokens" }, names, log);
  }
  if (certificates !== undefined && certified !== undefined) {
    const place = { node: certified, path: "general_settings.client_certificates", what: "certificates" };
    warnOfUnknownKeys(certificates, place, names, log);
  }
  const other =
    section === undefined
      ? certified && { at: certified.at, path: "general_settings.client_certificates" }
      : { at: section.at, path: "general_settings.jwt" };
  checkMasterKey(masterKey, keys, root, other, log);
  return { keys, jwt, certificates };
}
