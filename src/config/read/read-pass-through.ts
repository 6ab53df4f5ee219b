import { isHeaderName, isHeaderValue, isTransportHeader } from "../../formats/kit/header-values.ts";
import { parseHttpAddress } from "../../lib/http-address.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { Environment } from "../environment/environment.ts";
import { generalSettingsTable } from "../settings/general-settings.ts";
import { passThroughTable } from "../settings/pass-through.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { type ConfigNode, isNull, type MapNode, showNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";

/** A path that leads to another server. */
export interface PassThroughEndpoint {
  /** Without a slash at its end. */
  readonly path: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Without a slash at its end: empty for the root. */
  readonly targetPath: string;
  /** What the target's own address asks. */
  readonly query: readonly (readonly [string, string])[];
  /** What is asked where a caller says nothing by these names. */
  readonly defaultQuery: readonly (readonly [string, string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly hasSubpaths: boolean;
  readonly needsKey: boolean;
  readonly methods: readonly string[];
  readonly timeoutMs: number;
}

const section = "general_settings.pass_through_endpoints";
const methods: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const usualTimeoutMs = passThroughTable.timeout.default * 1_000;

/** What may stand before a path of the router's own: clients' base URLs have it. */
const prefixes: ReadonlySet<string> = new Set(["v1", "v2", "v1beta", "openai", "anthropic"]);
/** What the router's own paths begin with, behind these prefixes. */
const ownBeginnings: ReadonlySet<string> = new Set(
  `api audio batches chat completions console conversations decisions deployments embeddings engines files health images messages metrics model
  model_group models moderations realtime rerank responses router`.split(/\s+/),
);

/**
 * Reads `general_settings.pass_through_endpoints`.
 * @returns Those that nothing is wrong with, the longest paths first.
 */
export function readPassThrough(general: MapNode | undefined, environment: Environment, log: FindingLog): readonly PassThroughEndpoint[] {
  const items = new SectionReader(generalSettingsTable, general, "general_settings", log).list("pass_through_endpoints") ?? [];
  const found = new Map<string, PassThroughEndpoint>();
  for (const [index, item] of items.entries()) {
    const path = `${section}[${index}]`;
    if (item.kind !== "map") {
      log.problem(item.at, path, `must be a map such as {path: /search, target: "https://api.example.com/search"}, not ${showNode(item)}`);
      continue;
    }
    const endpoint = readEndpoint(item, path, environment, log);
    if (endpoint === undefined) continue;
    if (found.has(endpoint.path)) log.problem(item.at, `${path}.path`, `${endpoint.path} is served by another entry already`);
    else found.set(endpoint.path, endpoint);
  }
  return [...found.values()].toSorted((one, other) => other.path.length - one.path.length);
}

type Reader = SectionReader<typeof passThroughTable>;

function readEndpoint(item: MapNode, place: string, environment: Environment, log: FindingLog): PassThroughEndpoint | undefined {
  checkNames(item, place, log);
  const reader = new SectionReader(passThroughTable, item, place, log);
  const path = readPath(item, reader, log);
  const target = readTarget(item, reader, log);
  const headers = readHeaders(reader, environment, log);
  const needsKey = reader.boolean("auth") ?? passThroughTable.auth.default;
  if (!needsKey)
    log.warning(item.at, reader.pathOf("auth"), `is false, so everybody who reaches the server may ask ${target?.origin ?? "the target"}`);
  const endpoint = {
    headers,
    needsKey,
    hasSubpaths: reader.boolean("include_subpath") ?? passThroughTable.include_subpath.default,
    methods: readMethods(reader, log),
    timeoutMs: reader.milliseconds("timeout") ?? usualTimeoutMs,
    defaultQuery: readPairs(reader.map("default_query_params"), reader.pathOf("default_query_params"), log),
  };
  if (path === undefined || target === undefined) return undefined;
  for (const [, value] of target.query) environment.hide(value);
  return { path, ...target, ...endpoint };
}

/** Refuses unknown settings: one may be a misspelt `auth`. */
function checkNames(item: MapNode, place: string, log: FindingLog): void {
  for (const { key, keyAt } of item.entries.values()) {
    const spec = Object.entries(passThroughTable).find(([name]) => name === key)?.[1];
    if (spec === undefined) {
      const known = Object.keys(passThroughTable);
      log.problem(keyAt, `${place}.${key}`, `is not known here${didYouMean(key, known)}; there are ${known.join(", ")}`);
    } else if (spec.status === "later") {
      log.sharedWarning(`${section}.${key}`, keyAt, `${place}.${key}`, `is known but not acted on yet: ${spec.description}`);
    }
  }
}

function readPath(item: MapNode, reader: Reader, log: FindingLog): string | undefined {
  const text = reader.text("path");
  const node = reader.node("path");
  if (text === undefined || node === undefined) {
    reportMissing(item, "path", reader, log);
    return undefined;
  }
  const path = text.trim().replace(/\/+$/, "");
  const segments = path.split("/").slice(1);
  const isPlain = /^(?:\/[\w.~-]+)+$/.test(path) && segments.every((segment) => segment !== "." && segment !== "..");
  if (!isPlain && path !== "") {
    log.problem(
      node.at,
      reader.pathOf("path"),
      `must be a path such as /search, of letters, digits, "-", "_", "." and "~", not ${showNode(node)}`,
    );
    return undefined;
  }
  const own = segments.find((segment) => !prefixes.has(segment)) ?? "";
  if (own === "" || ownBeginnings.has(own) || /^(?:huntgroup|grpc)\./.test(own)) {
    log.problem(
      node.at,
      reader.pathOf("path"),
      `${showNode(node)} would hide paths of the router's own: choose another, such as /pass/${own}`,
    );
    return undefined;
  }
  return path;
}

function readTarget(
  item: MapNode,
  reader: Reader,
  log: FindingLog,
): Pick<PassThroughEndpoint, "origin" | "targetPath" | "query"> | undefined {
  const text = reader.text("target");
  const node = reader.node("target");
  if (text === undefined || node === undefined) {
    reportMissing(item, "target", reader, log);
    return undefined;
  }
  const url = parseHttpAddress(text.trim());
  if (url === undefined) {
    log.problem(node.at, reader.pathOf("target"), "is not a URL that begins with https:// or http://");
    return undefined;
  }
  if (url.username !== "" || url.password !== "") {
    log.problem(node.at, reader.pathOf("target"), "must not hold a user name or password; put the credentials into headers");
    return undefined;
  }
  return { origin: url.origin, targetPath: url.pathname.replace(/\/+$/, ""), query: [...new URLSearchParams(url.search)] };
}

/** A value that a variable should have given, and that is not there, is reported already. */
function reportMissing(item: MapNode, key: "path" | "target", reader: Reader, log: FindingLog): void {
  const node = item.entries.get(key)?.value;
  if (node === undefined || isNull(node)) log.problem(item.at, reader.pathOf(key), "is missing");
}

function readHeaders(reader: Reader, environment: Environment, log: FindingLog): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { key, keyAt, value } of reader.map("headers")?.entries.values() ?? []) {
    const place = `${reader.pathOf("headers")}.${key}`;
    const name = key.toLowerCase();
    const text = textOf(value, place, log);
    if (text === undefined) continue;
    if (!isHeaderName(key)) log.problem(keyAt, place, "is not a header's name; letters, digits and hyphens are allowed");
    else if (isTransportHeader(name)) log.problem(keyAt, place, "cannot be set: the connection sets this header itself");
    else if (!isHeaderValue(text)) log.problem(value.at, place, "holds a line break or another character that no header can carry");
    else headers[name] = text;
    environment.hide(text);
  }
  return headers;
}

function readMethods(reader: Reader, log: FindingLog): readonly string[] {
  const written = reader.names("methods");
  const node = reader.node("methods");
  if (written === undefined || node === undefined) return methods;
  const upper = written.map((name) => name.toUpperCase());
  const unknown = upper.find((name) => !methods.includes(name));
  if (unknown !== undefined || upper.length === 0) log.problem(node.at, reader.pathOf("methods"), `must be of ${methods.join(", ")}`);
  return upper;
}

function readPairs(map: MapNode | undefined, place: string, log: FindingLog): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (const { key, value } of map?.entries.values() ?? []) {
    const text = textOf(value, `${place}.${key}`, log);
    if (text !== undefined) pairs.push([key, text]);
  }
  return pairs;
}

/** @returns Undefined for nothing, and for what is reported. */
function textOf(node: ConfigNode, place: string, log: FindingLog): string | undefined {
  if (isNull(node)) return undefined;
  if (node.kind === "scalar") return node.origin === "unresolved" ? undefined : node.text;
  log.problem(node.at, place, `must be a text, not ${showNode(node)}`);
  return undefined;
}
