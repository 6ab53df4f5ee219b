import { keyEndpointNames } from "../../core/keys/endpoint-access.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { isWildcard } from "../../core/table/wildcard.ts";
import { parseDuration } from "../../lib/duration.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { CallableNames } from "../values/callable-names.ts";
import { child, isNull, showNode, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { Environment } from "../environment/environment.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { keyEntryTable } from "../settings/key-entry.ts";
import { nodeToJson } from "../tree/node-json.ts";
import { SectionReader } from "../settings/section-reader.ts";

/** What entries of `keys` take from the rest of the configuration. */
export interface KeysContext {
  readonly environment: Environment;
  readonly names: CallableNames;
  /** Whether these are all the names. False when an included file could not be read. */
  readonly complete: boolean;
  /** Whether a key without a secret can stand for a token. */
  readonly takesTokens: boolean;
}

type Reader = SectionReader<typeof keyEntryTable>;

const longestName = 128;
const howToDigest = `the digest is what \`printf %s "$SECRET" | sha256sum\` prints`;
/** What people call the secret itself. */
const secretNames = ["key", "secret", "token", "api_key", "password"];

/** Reads `keys`. What is wrong with one refuses the start, because a key must not allow more than its author believes. */
export function readKeys(items: readonly ConfigNode[], context: KeysContext, log: FindingLog): readonly KeyRecord[] {
  const records: KeyRecord[] = [];
  const names = new Map<string, string>();
  const digests = new Map<string, string>();
  for (const [index, written] of items.entries()) {
    const path = `keys[${index}]`;
    const item = context.environment.resolve(written, path, (node, key, name) => {
      log.problem(node.at, key, `environment variable ${name} is not set`);
    });
    if (item.kind !== "map") {
      log.problem(item.at, path, "must be a map with name and sha256");
      continue;
    }
    const record = readKey(item, path, context, log);
    if (record === undefined) continue;
    records.push(record);
    const place = (key: string) => child(item, key)?.at ?? item.at;
    const earlier = names.get(record.name);
    if (earlier !== undefined) log.problem(place("name"), `${path}.name`, `${earlier} has this name already; names are unique`);
    names.set(record.name, earlier ?? path);
    if (record.sha256 === undefined) continue;
    const twin = digests.get(record.sha256);
    if (twin !== undefined) log.problem(place("sha256"), `${path}.sha256`, `${twin} has the same secret; each key needs one of its own`);
    digests.set(record.sha256, twin ?? path);
  }
  return records;
}

function readKey(item: MapNode, path: string, context: KeysContext, log: FindingLog): KeyRecord | undefined {
  const reader = new SectionReader(keyEntryTable, item, path, log);
  refuseUnknown(item, path, log);
  const name = readName(item, reader, log);
  const sha256 = readDigest(item, reader, context, log);
  const maxBudget = reader.number("max_budget");
  const expires = readExpiry(reader, log);
  const metadata = reader.map("metadata");
  const endpoints = readEndpoints(reader, log);
  const record = {
    sha256,
    previous: undefined,
    models: readModels(reader, context, log),
    ...(endpoints === undefined ? {} : { endpoints }),
    rpm: reader.number("rpm"),
    tpm: reader.number("tpm"),
    maxParallelRequests: reader.number("max_parallel_requests"),
    maxBudget,
    budgetDuration: readBudgetDuration(reader, maxBudget, log),
    tags: reader.tags("tags") ?? [],
    priority: reader.number("priority"),
    expiresAt: expires,
    metadata: metadata === undefined ? {} : (nodeToJson(metadata) as Readonly<Record<string, unknown>>),
    revoked: false,
    origin: "config",
    createdAt: undefined,
  } as const;
  return name === undefined ? undefined : { name, ...record };
}

/** Refuses unknown settings. Elsewhere they are only ignored; here one may be a misspelt limit. */
function refuseUnknown(item: MapNode, path: string, log: FindingLog): void {
  for (const { key, keyAt } of item.entries.values()) {
    if (Object.hasOwn(keyEntryTable, key)) continue;
    const message = secretNames.includes(key)
      ? `a secret must not stand in the configuration: give its digest as sha256; ${howToDigest}`
      : `is not known here${didYouMean(key, Object.keys(keyEntryTable))}; there are ${Object.keys(keyEntryTable).join(", ")}`;
    log.problem(keyAt, `${path}.${key}`, message);
  }
}

function readName(item: MapNode, reader: Reader, log: FindingLog): string | undefined {
  const name = reader.text("name");
  if (name !== undefined && name.trim() !== "" && name.length <= longestName && !hasControls(name)) return name;
  const node = item.entries.get("name")?.value;
  // A value of another kind than a text, or an unresolved one, is reported already.
  if (name === undefined && !isNull(node)) return undefined;
  const message = `must be a text of 1 to ${longestName} characters: it stands in logs, metrics and messages`;
  if (node?.kind !== "scalar" || node.origin !== "unresolved") log.problem(node?.at ?? item.at, reader.pathOf("name"), message);
  return undefined;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function readDigest(item: MapNode, reader: Reader, context: KeysContext, log: FindingLog): string | undefined {
  const node = reader.node("sha256");
  if (node === undefined) {
    const entry = item.entries.get("sha256");
    if (entry?.value.kind === "scalar" && entry.value.origin === "unresolved") return undefined;
    const hasPlain = secretNames.some((key) => item.entries.has(key));
    if (context.takesTokens || hasPlain) return undefined;
    log.problem(entry?.keyAt ?? item.at, reader.pathOf("sha256"), `is missing, so no caller could show this key; ${howToDigest}`);
    return undefined;
  }
  const text = node.kind === "scalar" ? node.text.trim().toLowerCase() : "";
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  log.problem(
    node.at,
    reader.pathOf("sha256"),
    `must be the 64 hexadecimal digits of the secret's SHA-256, never the secret itself; ${howToDigest}`,
  );
  return undefined;
}

function readModels(reader: Reader, { names, complete }: KeysContext, log: FindingLog): readonly string[] {
  const models = reader.names("models") ?? [];
  const node = reader.node("models");
  if (node === undefined) return models;
  if (models.length === 0)
    log.warning(node.at, reader.pathOf("models"), "is empty, so the key may use every model; take the line out to say so");
  for (const [index, model] of models.entries()) {
    if (!complete || (isWildcard(model) ? names.hasAny(model) : names.has(model))) continue;
    const at = (node.kind === "list" ? node.items[index] : node)?.at ?? node.at;
    log.warning(at, reader.pathOf("models"), `${names.reasonAgainst(model)}, so this entry leads nowhere`);
  }
  return models;
}

/** Refuses names that are not known: one may be a misspelt limit. */
function readEndpoints(reader: Reader, log: FindingLog): readonly string[] | undefined {
  const names = reader.names("endpoints");
  const node = reader.node("endpoints");
  if (names === undefined || node === undefined) return undefined;
  const unknown = names.find((name) => !keyEndpointNames.includes(name));
  const path = reader.pathOf("endpoints");
  if (unknown !== undefined) {
    const suggestion = didYouMean(unknown, keyEndpointNames);
    log.problem(node.at, path, `${JSON.stringify(unknown)} is no endpoint${suggestion}; there are ${keyEndpointNames.join(", ")}`);
  }
  if (names.length === 0) log.warning(node.at, path, "is empty, so the key may call as without it; take the line out to say so");
  return names;
}

function readBudgetDuration(reader: Reader, maxBudget: number | undefined, log: FindingLog): string | undefined {
  const text = reader.text("budget_duration");
  const node = reader.node("budget_duration");
  if (text === undefined || node === undefined) return undefined;
  if (parseDuration(text) === undefined) {
    log.problem(node.at, reader.pathOf("budget_duration"), `must be a duration such as 30s, 10m, 24h, 7d or 1mo, not ${showNode(node)}`);
    return undefined;
  }
  if (maxBudget === undefined) log.warning(node.at, reader.pathOf("budget_duration"), "renews nothing: there is no max_budget");
  return text;
}

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Refuses a time without a zone, which would mean another moment on another machine. */
function readExpiry(reader: Reader, log: FindingLog): number | undefined {
  const text = reader.text("expires");
  const node = reader.node("expires");
  if (text === undefined || node === undefined) return undefined;
  const at = isoDate.test(text) ? Date.parse(text) : Number.NaN;
  // The platform takes a day that its month does not have for one of the next month.
  const day = text.slice(0, 10);
  if (!Number.isNaN(at) && new Date(Date.parse(day)).toISOString().startsWith(day)) return at;
  const message = `must be a moment as ISO 8601 has it, with its zone, such as 2027-01-31T18:00:00Z, or a day, not ${showNode(node)}`;
  log.problem(node.at, reader.pathOf("expires"), message);
  return undefined;
}
