import { dirname, resolve } from "node:path";
import { isNull, withEntries, type ConfigNode, type MapEntry, type MapNode } from "./config-node.ts";
import type { Environment } from "./environment.ts";
import type { FindingLog } from "./finding-log.ts";
import { parseYaml } from "./parse-yaml.ts";
import { topLevelKeys } from "./key-table.ts";
import { SectionReader } from "./section-reader.ts";
import type { Secrets } from "./secrets.ts";
import { SourceFile } from "./source-file.ts";

export interface FilesRead {
  /** undefined when a file could not be read or understood. */
  readonly root: MapNode | undefined;
  /** In the order they were read. */
  readonly files: readonly string[];
}

export interface FileReader {
  readonly readFile: (path: string) => Promise<string>;
  readonly environment: Environment;
  readonly log: FindingLog;
  readonly secrets: Secrets;
}

/** Reads a file and everything it includes into one map. */
export async function readFiles(path: string, reader: FileReader): Promise<FilesRead> {
  const files: string[] = [];
  const root = await readOne(path, reader, files, (message) => {
    const file = new SourceFile(path, "");
    reader.log.problem({ file, start: 0, end: 0 }, "", message);
  });
  return { root, files };
}

async function readOne(path: string, reader: FileReader, files: string[], refuse: (message: string) => void): Promise<MapNode | undefined> {
  let text: string;
  try {
    text = await reader.readFile(path);
  } catch (cause) {
    refuse(`cannot be read: ${reasonOf(cause)}`);
    return undefined;
  }
  files.push(path);
  const file = new SourceFile(path, text);
  const node = parseYaml(file, reader.log, reader.secrets);
  if (node === undefined) return undefined;
  const start = { file, start: 0, end: 0 };
  if (isNull(node)) {
    reader.log.warning(start, "", "the file is empty");
    return { kind: "map", entries: new Map(), at: start };
  }
  if (node.kind !== "map") {
    reader.log.problem(node.at, "", "must be a map with keys such as model_list and router_settings");
    return undefined;
  }
  return includeInto(node, path, reader, files);
}

async function includeInto(node: MapNode, path: string, reader: FileReader, files: string[]): Promise<MapNode | undefined> {
  const { log } = reader;
  const include = node.entries.get("include");
  if (include === undefined) return node;
  const value = reader.environment.resolve(include.value, "include", (at, key, name) => {
    log.problem(at.at, key, `environment variable ${name} is not set`);
  });
  const names = new SectionReader(topLevelKeys, withEntries(node, new Map([["include", { ...include, value }]])), "", log).names("include");
  let merged: MapNode | undefined = withEntries(node, new Map([["include", undefined]]));
  for (const name of names ?? []) {
    const included = resolve(dirname(path), name);
    if (files.some((file) => resolve(file) === included)) {
      log.warning(include.keyAt, "include", `${name} was read already, and is not read again`);
      continue;
    }
    // One after the other: a later file is to count for more, whichever is read faster.
    // oxlint-disable-next-line no-await-in-loop
    const root = await readOne(included, reader, files, (message) => log.problem(include.value.at, "include", `${name} ${message}`));
    merged = root === undefined || merged === undefined ? undefined : mergeRoots(merged, root, log);
  }
  return merged;
}

/** As LiteLLM does: lists are joined, and where both set a value the included one counts. Maps are merged key by key. */
function mergeRoots(into: MapNode, from: MapNode, log: FindingLog): MapNode {
  const changes = new Map<string, MapEntry>();
  for (const [key, entry] of from.entries) {
    const present = into.entries.get(key);
    changes.set(key, present === undefined ? entry : { ...entry, value: mergeValues(present.value, entry.value, key, log) });
  }
  return withEntries(into, changes);
}

function mergeValues(present: ConfigNode, included: ConfigNode, path: string, log: FindingLog): ConfigNode {
  if (isNull(included)) return present;
  if (present.kind === "list" && included.kind === "list") return { ...present, items: [...present.items, ...included.items] };
  if (present.kind !== "map" || included.kind !== "map") return included;
  for (const [key, entry] of included.entries) {
    if (isNull(present.entries.get(key)?.value) || isNull(entry.value)) continue;
    log.warning(entry.keyAt, `${path}.${key}`, "is also set in the file that includes this one; the value here counts");
  }
  return withEntries(present, included.entries);
}

/** A platform error's code says what matters, and its message may hold more than should be shown. */
function reasonOf(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
      return "permission denied";
    case "EISDIR":
      return "it is a directory";
    default:
      return typeof code === "string" ? code : "reading failed";
  }
}
