import type { FallbackTable } from "../../core/call.ts";
import type { Deployment } from "../../core/deployment.ts";
import { servesEndpoint } from "../../core/endpoints.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import type { HostPort, StorePlace } from "../settings/shared-state-settings.ts";
import { describeRouterSettings } from "../settings/read-router-settings.ts";
import { isOpen } from "./is-open.ts";
import type { LoadedConfig } from "./load-config.ts";

/** @returns A configuration as text for people: groups with their deployments, aliases, keys, fallbacks, settings. It holds no secret. */
export function describeConfig(config: LoadedConfig): string {
  const { source } = config;
  const { settings } = source;
  const lines: string[] = [];
  for (const [group, deployments] of Map.groupBy(source.deployments, (deployment) => deployment.group)) {
    lines.push(`group ${group}`, ...table(deployments.map(cells)), "");
  }
  if (source.deployments.length === 0) lines.push("no deployments", "");
  if (source.invalid.length > 0) {
    lines.push("left out as invalid", ...source.invalid.map((one) => `  ${one.id}  ${one.group}  ${one.address}  ${one.reason}`), "");
  }
  if (source.aliases.length > 0) {
    const aliases = source.aliases.map((one) => [one.alias, `→ ${one.targets.join(", ")}`, one.hidden ? "hidden" : ""]);
    lines.push("aliases", ...table(aliases), "");
  }
  if (config.keys.length > 0) lines.push("keys", ...table(config.keys.map(keyCells)), "");
  const { fallbacks } = settings;
  const routes = [
    ...fallbackRows(fallbacks.generic, ""),
    ...fallbackRows(fallbacks.contextWindow, "prompt too long"),
    ...fallbackRows(fallbacks.contentPolicy, "content refused"),
  ];
  if (routes.length > 0) lines.push("fallbacks", ...table(routes), "");
  const pairs: readonly (readonly [string, string])[] = [
    ["strategy", source.strategy.name],
    ...shadowLines(source.shadows),
    ...describeRouterSettings(settings),
    ["master key", masterKeyText(config)],
    ["ids", idsText(config)],
    ["limits", limitsText(config)],
    ["tokens", config.jwt === undefined ? "not taken" : `of ${config.jwt.issuer}`],
    ["certificates", config.certificates === undefined ? "no keys" : `keys by ${config.certificates.claims.join(", ")}`],
    ["largest request", `${config.maxRequestBytes} bytes`],
    ["requests and replies held", `at most ${config.maxBufferedBytes} bytes`],
    ["web origins", config.cors.length === 0 ? "none" : config.cors.join(", ")],
    ["files", config.files.join(", ")],
  ];
  lines.push("settings", ...table(pairs));
  return `${lines.join("\n")}\n`;
}

function shadowLines(shadows: LoadedConfig["source"]["shadows"]): readonly (readonly [string, string])[] {
  if (shadows === undefined) return [];
  return [["in its shadow", `${shadows.choices.map(({ name }) => name).join(", ")}, at ${shadows.sample * 100} % of the picks`]];
}

function masterKeyText(config: LoadedConfig): string {
  if (config.masterKey !== undefined) return "set";
  return isOpen(config) ? "none: open to everybody" : "none: closed to operators";
}

/** Over what the limits hold. */
function limitsText({ sharedState }: LoadedConfig): string {
  if (sharedState === undefined) return "of this process alone";
  const { place, namespace } = sharedState;
  return `shared by all nodes as ${namespace} in ${storeText(place)}, by general_settings.shared_state`;
}

function storeText(place: StorePlace): string {
  switch (place.kind) {
    case "server":
      return `the store at ${place.host}:${place.port}`;
    case "socket":
      return `the store at ${place.path}`;
    case "cluster":
      return `the cluster of ${listed(place.nodes)}`;
    case "sentinel":
      return `the primary ${place.name} of the Sentinels ${listed(place.sentinels)}`;
    default:
      return place satisfies never;
  }
}

function listed(places: readonly HostPort[]): string {
  return places.map(({ host, port }) => `${host}:${port}`).join(", ");
}

/** By what the ids of what deployments keep are known again. */
function idsText({ idSecret, masterKey, stateFile }: LoadedConfig): string {
  if (idSecret !== undefined) return "by id_secret";
  if (masterKey !== undefined) return "by the master key";
  return stateFile === undefined ? "END WITH A RESTART: there is no id_secret, no master key and no state file" : "by the state file";
}

function keyCells(key: KeyRecord): readonly string[] {
  const settings = [
    ...optional("endpoints", key.endpoints?.join(" ")),
    ...optional("rpm", key.rpm),
    ...optional("tpm", key.tpm),
    ...optional("parallel", key.maxParallelRequests),
    ...optional("budget", key.maxBudget === undefined ? undefined : `$${key.maxBudget}`),
    ...optional("per", key.maxBudget === undefined ? undefined : key.budgetDuration),
    ...optional("tags", key.tags.length === 0 ? undefined : key.tags.join(" ")),
    ...optional("priority", key.priority),
    ...optional("until", key.expiresAt === undefined ? undefined : new Date(key.expiresAt).toISOString()),
  ];
  return [key.name, key.models.length === 0 ? "all models" : key.models.join(" "), settings.join(", ")];
}

function cells(deployment: Deployment): readonly string[] {
  const settings = [
    ...(servesEndpoint(deployment.info.mode, "chat") ? [] : [`${deployment.info.mode}: not offered for chat`]),
    ...(deployment.adapter.notes ?? []),
    ...optional("weight", deployment.weight),
    ...optional("rpm", deployment.rpm),
    ...optional("tpm", deployment.tpm),
    ...optional("itpm", deployment.itpm),
    ...optional("otpm", deployment.otpm),
    ...optional("rpd", finite(deployment.daily?.requests)),
    ...optional("tpd", finite(deployment.daily?.tokens)),
    ...optional("parallel", deployment.maxParallelRequests),
    ...optional("order", deployment.order === 0 ? undefined : deployment.order),
    ...duration("timeout", deployment.timeoutMs),
    ...duration("stream timeout", deployment.streamTimeoutMs),
    ...duration("keepalive", deployment.keepaliveMs),
    ...optional("retries", deployment.numRetries),
    ...duration("cooldown", deployment.cooldownMs),
    ...optional("longest prompt", deployment.info.modelInfo["max_input_tokens"] === undefined ? undefined : deployment.maxInputTokens),
    ...optional("tags", deployment.tags.length === 0 ? undefined : deployment.tags.join(" ")),
    ...(deployment.blocked ? ["blocked"] : []),
  ];
  return [deployment.id, deployment.provider, deployment.upstreamModel, settings.join(", ")];
}

function fallbackRows(fallbacks: FallbackTable, when: string): readonly (readonly string[])[] {
  return [...fallbacks].map(([group, targets]) => {
    const names = targets.map((target) => (target.amend === undefined ? target.model : `${target.model} (amended)`));
    return [group, `→ ${names.length === 0 ? "none" : names.join(", ")}`, when];
  });
}

/** A setting's name and value, when it is set. */
function optional(name: string, value: number | string | undefined): readonly string[] {
  return value === undefined ? [] : [`${name} ${value}`];
}

function duration(name: string, milliseconds: number | undefined): readonly string[] {
  return optional(name, milliseconds === undefined ? undefined : seconds(milliseconds));
}

function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "none" : `${milliseconds / 1_000} s`;
}

/** Rows indented by two, their columns aligned. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function finite(limit: number | undefined): number | undefined {
  return limit === Number.POSITIVE_INFINITY ? undefined : limit;
}
