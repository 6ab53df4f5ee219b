import { FindingLog } from "../tree/finding-log.ts";
import { toNode, type JsonObject } from "../overlay/json-node.ts";
import { hashedId } from "./read-deployments.ts";
import { Secrets } from "../secrets/secrets.ts";

/** The id of an entry of `model_list` that gives itself none: the one that the same entry has in a file. */
export function entryId(entry: JsonObject): string {
  const node = toNode(entry, "entry", new FindingLog(), new Secrets());
  return node.kind === "map" ? hashedId(node) : "";
}
