import type { JsonValue } from "../../core/provider.ts";
import type { ConfigNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import { takeIn } from "../yaml/yaml-file.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { SourceFile } from "../tree/source-file.ts";

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * Reads JSON as if it were a file of its own. JSON is YAML, so what is wrong in it has a line, and what is secret is masked, as in a file.
 * @param place Stands in messages where a file's path would.
 */
export function toNode(json: JsonObject, place: string, log: FindingLog, secrets: Secrets): ConfigNode {
  const file = new SourceFile(place, JSON.stringify(json, null, 2));
  return takeIn(readYaml(file), log, secrets) ?? { kind: "map", entries: new Map(), at: { file, start: 0, end: 0 } };
}
