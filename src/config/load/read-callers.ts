import type { JwtSettings } from "../../core/jwt-settings.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { readJwt, warnOfUnknownKeys } from "../read/read-jwt.ts";
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
}

/** Reads who may call: callers' keys, and the identity provider whose tokens stand for some of them. */
export async function readCallers(
  { root, general, items, masterKey }: CallersWritten,
  context: Omit<KeysContext, "takesTokens">,
  readFile: (path: string) => Promise<string>,
  log: FindingLog,
): Promise<CallersRead> {
  const section = new SectionReader(generalSettingsTable, general, "general_settings", log).map("jwt");
  const jwt = await readJwt(section, readFile, log);
  const keys = readKeys(items, { ...context, takesTokens: section !== undefined }, log);
  if (jwt !== undefined && section !== undefined) warnOfUnknownKeys(jwt, section, new Set(keys.map((key) => key.name)), log);
  checkMasterKey(masterKey, keys, root, section, log);
  return { keys, jwt };
}
