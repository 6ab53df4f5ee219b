import { hash } from "node:crypto";
import type { MapNode } from "../tree/config-node.ts";
import { canonicalNode } from "../tree/node-json.ts";

/** 80 bits: no two of a million entries collide, and it is still read out loud. */
const idLength = 20;

/**
 * The id of an entry that gives itself none: a hash of what is written in it, so it survives restarts and reordering, and
 * changes with the entry. References are hashed as written: turning a key over does not rename a deployment.
 * @param variant Tells apart what one entry, or several identical ones, stand for.
 */
export function deploymentId(group: string, params: MapNode, variant: string): string {
  const content = `${group}\n${canonicalNode(params)}\n${variant}`;
  return hash("sha256", content, "hex").slice(0, idLength);
}
