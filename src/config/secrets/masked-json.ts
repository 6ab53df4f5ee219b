import type { JsonValue } from "../../core/provider.ts";
import { parseHttpAddress } from "../../lib/http-address.ts";
import type { ConfigNode, MapNode, ScalarNode } from "../tree/config-node.ts";
import { nodeToJson } from "../tree/node-json.ts";
import { isSecretName, maskTokens } from "./secrets.ts";

const masked = "***";

/**
 * Makes a section JSON for people. What stands under a secret's name is masked, and so is what comes from the environment under a name that is
 * not in `known`, because it may be anything. Addresses lose their query and their credentials.
 */
export function maskedJson(node: MapNode, known: Readonly<Record<string, unknown>>): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, maskedValue(value, key, known)]));
}

function maskedValue(node: ConfigNode, key: string, known: Readonly<Record<string, unknown>>): JsonValue {
  if (isSecretName(key)) return node.kind === "scalar" && node.value === null ? null : masked;
  switch (node.kind) {
    case "map":
      return maskedJson(node, known);
    case "list":
      return node.items.map((item) => maskedValue(item, key, known));
    case "scalar":
      return node.secret || (node.origin === "environment" && !Object.hasOwn(known, key)) ? masked : shown(node);
    default:
      return node satisfies never;
  }
}

function shown(node: ScalarNode): JsonValue {
  return typeof node.value === "string" ? maskTokens(withoutCredentials(node.value)) : nodeToJson(node);
}

function withoutCredentials(text: string): string {
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  const address = url === null ? parseHttpAddress(text) : undefined;
  if (address !== undefined) return `${address.origin}${address.pathname}`;
  if (url === null || (url.search === "" && url.username === "" && url.password === "" && url.hash === "")) return text;
  url.search = "";
  url.hash = "";
  url.username = "";
  url.password = "";
  return url.href;
}
