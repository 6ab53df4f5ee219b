import type { HostPort, SharedStateSettings, StorePlace, StoreTls } from "../settings/shared-state-settings.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { Environment } from "../environment/environment.ts";
import { generalSettingsTable } from "../settings/general-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { sharedStateTable } from "../settings/shared-state.ts";
import { type ConfigNode, type MapNode, showNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";

const path = "general_settings.shared_state";
const usualPort = 6_379;
const usualSentinelPort = 26_379;

type Reader = SectionReader<typeof sharedStateTable>;

/** What an address says of itself and of the account. */
interface Addressed {
  readonly place: StorePlace;
  readonly isSecure: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
}

/**
 * Reads `general_settings.shared_state`.
 * @param readFile Reads the file of certificates.
 * @returns Undefined where nothing is shared, or something is wrong.
 */
export async function readSharedState(
  general: MapNode | undefined,
  environment: Environment,
  readFile: (path: string) => Promise<string>,
  log: FindingLog,
): Promise<SharedStateSettings | undefined> {
  const section = new SectionReader(generalSettingsTable, general, "general_settings", log).map("shared_state");
  if (section === undefined) return undefined;
  for (const { key, keyAt } of section.entries.values()) {
    if (Object.hasOwn(sharedStateTable, key)) continue;
    const known = Object.keys(sharedStateTable);
    log.problem(keyAt, `${path}.${key}`, `is not known here${didYouMean(key, known)}; there are ${known.join(", ")}`);
  }
  const reader = new SectionReader(sharedStateTable, section, path, log);
  const addressed = readPlace(reader, section, log);
  if (addressed === undefined) return undefined;
  const password = reader.text("password") ?? addressed.password;
  const sentinelPassword = addressed.place.kind === "sentinel" ? addressed.place.password : undefined;
  for (const secret of [password, sentinelPassword]) if (secret !== undefined) environment.hide(secret);
  const database = reader.number("db") ?? addressed.database;
  if (addressed.place.kind === "cluster" && (database ?? 0) !== 0)
    log.problem(section.at, `${path}.db`, "must be 0: a cluster has no other");
  const tls = await readTls(reader, addressed.isSecure, readFile, log);
  return {
    place: addressed.place,
    username: reader.text("username") ?? addressed.username,
    password,
    database,
    tls,
    namespace: readName(reader, "namespace", log) ?? sharedStateTable.namespace.default,
    nodeName: readName(reader, "node_name", log),
    nodeTtlMs: reader.milliseconds("node_ttl") ?? sharedStateTable.node_ttl.default * 1_000,
    refusesOnLoss: readOnLoss(reader, log),
  };
}

function readPlace(reader: Reader, section: MapNode, log: FindingLog): Addressed | undefined {
  const url = reader.text("url");
  const nodes = reader.list("nodes");
  const sentinels = reader.list("sentinels");
  const given = [url, nodes, sentinels].filter((one) => one !== undefined);
  if (given.length !== 1) {
    log.problem(section.at, path, `needs ${given.length === 0 ? "" : "only "}one of url, nodes and sentinels: it says where the store is`);
    return undefined;
  }
  if (url !== undefined) return readUrl(url, reader.node("url")?.at ?? section.at, log);
  const plain = {
    isSecure: reader.boolean("tls") ?? sharedStateTable.tls.default,
    username: undefined,
    password: undefined,
    database: undefined,
  };
  if (nodes !== undefined) {
    const places = readPlaces(nodes, `${path}.nodes`, usualPort, section, log);
    return places && { ...plain, place: { kind: "cluster", nodes: places } };
  }
  const places = readPlaces(sentinels ?? [], `${path}.sentinels`, usualSentinelPort, section, log);
  const name = reader.text("sentinel_name");
  if (name === undefined) log.problem(section.at, `${path}.sentinel_name`, "is needed beside sentinels: what they call the primary");
  if (places === undefined || name === undefined) return undefined;
  return { ...plain, place: { kind: "sentinel", sentinels: places, name, password: reader.text("sentinel_password") } };
}

const schemes: ReadonlyMap<string, boolean> = new Map([
  ["redis:", false],
  ["valkey:", false],
  ["rediss:", true],
  ["valkeys:", true],
]);

function readUrl(text: string, at: ConfigNode["at"], log: FindingLog): Addressed | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "unix:" && url.pathname.length > 1) {
    return {
      place: { kind: "socket", path: decodeURIComponent(url.pathname) },
      isSecure: false,
      username: undefined,
      password: undefined,
      database: undefined,
    };
  }
  const isSecure = url && schemes.get(url.protocol);
  const database = url === undefined || url.pathname.length <= 1 ? undefined : Number(url.pathname.slice(1));
  if (url === undefined || isSecure === undefined || url.hostname === "" || (database !== undefined && !Number.isInteger(database))) {
    log.problem(at, `${path}.url`, "must be an address such as redis://host:6379/0, rediss://host:6379 or unix:///path/of.sock");
    return undefined;
  }
  return {
    place: { kind: "server", host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: url.port === "" ? usualPort : Number(url.port) },
    isSecure,
    username: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    database,
  };
}

function readPlaces(
  items: readonly ConfigNode[],
  at: string,
  usual: number,
  section: MapNode,
  log: FindingLog,
): readonly HostPort[] | undefined {
  const places: HostPort[] = [];
  for (const [index, item] of items.entries()) {
    const match = item.kind === "scalar" ? /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(item.text) : undefined;
    const host = match?.[1] ?? match?.[2];
    if (host === undefined) log.problem(item.at, `${at}[${index}]`, `must be host:port, not ${showNode(item)}`);
    else places.push({ host, port: match?.[3] === undefined ? usual : Number(match[3]) });
  }
  if (items.length === 0) log.problem(section.at, at, "is empty: name one at least");
  return places.length === 0 || places.length < items.length ? undefined : places;
}

async function readTls(
  reader: Reader,
  isSecure: boolean,
  readFile: (path: string) => Promise<string>,
  log: FindingLog,
): Promise<StoreTls | undefined> {
  const file = reader.text("tls_ca");
  const serverName = reader.text("tls_server_name");
  if (!isSecure) return undefined;
  if (file === undefined) return { ca: undefined, serverName };
  try {
    return { ca: await readFile(file), serverName };
  } catch {
    const at = reader.node("tls_ca")?.at;
    if (at !== undefined) log.problem(at, `${path}.tls_ca`, `${file} cannot be read`);
    return undefined;
  }
}

/** What stands in names of keys, between separators of them. */
function readName(reader: Reader, setting: "namespace" | "node_name", log: FindingLog): string | undefined {
  const name = reader.text(setting);
  const at = reader.node(setting)?.at;
  if (name === undefined || at === undefined || /^[\w.:@-]{1,128}$/.test(name)) return name;
  log.problem(at, `${path}.${setting}`, "must be 1 to 128 letters, digits and . : _ @ -");
  return undefined;
}

function readOnLoss(reader: Reader, log: FindingLog): boolean {
  const text = reader.text("on_store_loss") ?? sharedStateTable.on_store_loss.default;
  const at = reader.node("on_store_loss")?.at;
  if (text !== "local" && text !== "refuse" && at !== undefined) log.problem(at, `${path}.on_store_loss`, "must be local or refuse");
  return text === "refuse";
}
