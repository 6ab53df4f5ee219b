import { dirname, resolve } from "node:path";
import { isNull, withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import type { Environment } from "../environment/environment.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { PackedYaml } from "../yaml/packed-yaml.ts";
import { takeIn } from "../yaml/yaml-file.ts";
import type { ParsedYaml } from "../yaml/yaml-parser.ts";
import { topLevelTable } from "../settings/top-level.ts";
import { SectionReader } from "../settings/section-reader.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { SourceFile } from "../tree/source-file.ts";

/** What was read from a file and all that it includes. */
export interface FilesRead {
  /** The contents as one map. Undefined when the given file itself could not be read. */
  readonly root: MapNode | undefined;
  /** Whether every included file could be read and understood. Where not, that was reported. */
  readonly complete: boolean;
  /** The texts by path, in the order they were read. */
  readonly texts: ReadonlyMap<string, string>;
  /** The long files in the form in which other threads can have them, by path. */
  readonly packed: ReadonlyMap<string, PackedYaml>;
  /** The paths of all files, those that could not be read included. */
  readonly wanted: readonly string[];
}

/** How files are read. */
export interface FileReader {
  /** @throws What the platform throws when a file cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  readonly parse: (path: string, text: string) => Promise<ParsedYaml>;
  readonly environment: Environment;
  readonly log: FindingLog;
  readonly secrets: Secrets;
}

/** Reads a file and everything it includes into one map. What is wrong is reported. */
export async function readFiles(path: string, reader: FileReader): Promise<FilesRead> {
  const progress: Progress = { texts: new Map(), packed: new Map(), wanted: [], complete: true };
  const root = await readOne(path, reader, progress, (message) => {
    const file = new SourceFile(path, "");
    reader.log.problem({ file, start: 0, end: 0 }, "", message);
  });
  return { root, ...progress };
}

interface Progress {
  readonly texts: Map<string, string>;
  readonly packed: Map<string, PackedYaml>;
  readonly wanted: string[];
  complete: boolean;
}

async function readOne(
  path: string,
  reader: FileReader,
  progress: Progress,
  refuse: (message: string) => void,
): Promise<MapNode | undefined> {
  let text: string;
  progress.wanted.push(path);
  try {
    text = await reader.readFile(path);
  } catch (cause) {
    refuse(`cannot be read: ${reasonOf(cause)}`);
    return undefined;
  }
  progress.texts.set(path, text);
  const { yaml, packed } = await reader.parse(path, text);
  if (packed !== undefined) progress.packed.set(path, packed);
  const { file } = yaml;
  const node = takeIn(yaml, reader.log, reader.secrets);
  if (node === undefined) return undefined;
  const start = { file, start: 0, end: 0 };
  if (text.trim() === "") {
    // A file that is being written is empty too: taking it as it is would take everything away, the master key too.
    reader.log.problem(start, "", "is empty; a configuration that is to hold nothing says so: model_list: []");
    return undefined;
  }
  if (isNull(node)) {
    reader.log.warning(start, "", "the file is empty");
    return { kind: "map", entries: new Map(), at: start };
  }
  if (node.kind !== "map") {
    reader.log.problem(node.at, "", "must be a map with settings such as model_list and router_settings");
    return undefined;
  }
  return includeInto(node, path, reader, progress);
}

async function includeInto(node: MapNode, path: string, reader: FileReader, progress: Progress): Promise<MapNode> {
  const { log } = reader;
  const include = node.entries.get("include");
  if (include === undefined) return node;
  const value = reader.environment.resolve(include.value, "include", (at, key, name) => {
    log.problem(at.at, key, `environment variable ${name} is not set`);
  });
  const names = new SectionReader(topLevelTable, withEntries(node, new Map([["include", { ...include, value }]])), "", log).names(
    "include",
  );
  let merged = withEntries(node, new Map([["include", undefined]]));
  const items = value.kind === "list" ? value.items : [value];
  const readable = items.filter((item) => !isNull(item));
  // The reader refuses a list as a whole, and leaves out a missing variable, which is null.
  if (names === undefined ? !isNull(include.value) : readable.length < items.length) progress.complete = false;
  for (const [index, name] of (names ?? []).entries()) {
    const at = readable[index]?.at ?? include.value.at;
    const included = resolve(dirname(path), name);
    if ([...progress.texts.keys()].some((file) => resolve(file) === included)) {
      log.warning(at, "include", `${name} was read already, and is not read again`);
      continue;
    }
    // One after the other, because a later file counts for more, however fast each is read.
    // oxlint-disable-next-line no-await-in-loop
    const root = await readOne(included, reader, progress, (message) => log.problem(at, "include", `${name} ${message}`));
    if (root === undefined) progress.complete = false;
    else merged = mergeRoots(merged, root, log);
  }
  return merged;
}

/** Merges as LiteLLM does: lists are joined, maps are merged name by name, and where both set a value the included one counts. */
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

/** Tells why by the code of the platform's error, because its message may hold more than should be shown. */
function reasonOf(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
      return "permission denied";
    case "EISDIR":
      return "it is a directory";
    case "ETIMEDOUT":
      return "nothing came in time (is it a pipe that no program writes into?)";
    default:
      return typeof code === "string" ? code : "reading failed";
  }
}
