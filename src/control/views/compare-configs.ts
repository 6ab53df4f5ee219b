import { child, type ConfigNode } from "../../config/tree/config-node.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import { canonicalNode } from "../../config/tree/node-json.ts";
import { maskedTree } from "./config-view.ts";
import type { ReloadReport } from "../operator.ts";
import { cutText } from "../../lib/cut-text.ts";

type Differences = Pick<ReloadReport, "addedIds" | "removedIds" | "changedIds" | "settings">;

const sections = ["router_settings", "litellm_settings", "general_settings", "environment_variables", "credential_list", "keys"];

/** Settings that are read once, at the start: what is made of them then lives as long as the server. */
const needsRestart = new Set([
  "router_settings.connect_timeout",
  "litellm_settings.callbacks",
  "general_settings.state_file",
  "general_settings.max_failed_attempts",
  "general_settings.disable_admin_ui",
  "general_settings.log_level",
  "general_settings.log_format",
  "general_settings.log_content",
  "general_settings.log_calibration",
  "general_settings.log_prefixes",
  "general_settings.recent_calls",
  "general_settings.otel",
]);

/** How one configuration differs from another. */
export function compareConfigs(before: LoadedConfig, after: LoadedConfig): Differences {
  const old = before.content.digests;
  const fresh = after.content.digests;
  return {
    addedIds: [...fresh.keys()].filter((id) => !old.has(id)),
    removedIds: [...old.keys()].filter((id) => !fresh.has(id)),
    changedIds: [...fresh].filter(([id, digest]) => old.has(id) && old.get(id)?.text !== digest.text).map(([id]) => id),
    settings: sections.flatMap((section) =>
      compareSections(section, child(before.content.root, section), child(after.content.root, section)),
    ),
  };
}

function compareSections(section: string, before: ConfigNode | undefined, after: ConfigNode | undefined): readonly string[] {
  if (before?.kind === "list" || after?.kind === "list") return same(before, after) ? [] : [`${section} has changed`];
  const keys = new Set([before, after].flatMap((node) => (node?.kind === "map" ? [...node.entries.keys()] : [])));
  return [...keys].flatMap((key) => {
    const [was, is] = [child(before, key), child(after, key)];
    if (same(was, is)) return [];
    const path = `${section}.${key}`;
    const [shownWas, shownIs] = [shown(was), shown(is)];
    const change = shownWas === shownIs ? "has another value" : `was ${shownWas}, is ${shownIs}`;
    return [`${path} ${change}${needsRestart.has(path) ? "; that counts from the next start" : ""}`];
  });
}

function same(one: ConfigNode | undefined, other: ConfigNode | undefined): boolean {
  return json(one) === json(other);
}

function json(node: ConfigNode | undefined): string {
  return node === undefined ? "" : canonicalNode(node);
}

/** A value for people to see, without secrets and not at length. */
function shown(node: ConfigNode | undefined): string {
  if (node === undefined) return "not set";
  const text = JSON.stringify(maskedTree(node));
  return text.length > 80 ? `${cutText(text, 77)}...` : text;
}
